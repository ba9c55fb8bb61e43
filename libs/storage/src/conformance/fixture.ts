import { expect } from 'vitest'
import {
  type KeyValueStore,
  prefixEnd,
  type Revision,
  type StoreEvent,
  type StoreWatchOptions,
} from '../key-value-store.ts'

/** The store of the running case and what the cases do with it. */
export class Fixture {
  #store: KeyValueStore | undefined
  #stop = new AbortController()

  get store(): KeyValueStore {
    if (!this.#store) throw new Error('no case is running')
    return this.#store
  }

  begin(store: KeyValueStore): void {
    this.#store = store
    this.#stop = new AbortController()
  }

  async end(): Promise<void> {
    this.#stop.abort()
    await this.#store?.close()
  }

  readonly put = async (key: string, value: string, expected: Revision = 0): Promise<Revision> => {
    const result = await this.store.put({ key, value: bytes(value), expected })
    expect(result).toMatchObject({ ok: true })
    return result.revision
  }

  readonly remove = async (key: string, expected: Revision): Promise<Revision> => {
    const result = await this.store.delete({ key, expected })
    expect(result).toMatchObject({ ok: true })
    return result.revision
  }

  /** What stands below `/test/`: `name=value@createRevision/modRevision`. */
  readonly list = async (revision?: Revision): Promise<string[]> => {
    const { kvs } = await this.store.range({ start: '/test/', end: '/test0', ...(revision ? { revision } : {}) })
    return kvs.map(kv => `${kv.key.slice(6)}=${text(kv.value)}@${kv.createRevision}/${kv.modRevision}`)
  }

  readonly watch = (options: Partial<StoreWatchOptions> = {}) =>
    collect(this.store, { signal: this.#stop.signal, ...options })
}

export function bytes(value: string): Uint8Array {
  return Buffer.from(value)
}

export function text(value: Uint8Array | undefined): string {
  return value ? Buffer.from(value).toString() : 'nothing'
}

/** A watch that remembers. */
function collect(store: KeyValueStore, options: Partial<StoreWatchOptions> & { signal: AbortSignal }) {
  const events: StoreEvent[] = []
  const batches: { events: readonly StoreEvent[]; revision: Revision }[] = []
  const progress: Revision[] = []
  const progressAt: { revision: Revision; before: number }[] = []
  let reached = 0
  let ended: Error | undefined
  const handle = store.watch({
    start: '/test/',
    end: prefixEnd('/test/'),
    onEnd: error => {
      ended = error
    },
    ...options,
    onEvents: async (batch, revision) => {
      events.push(...batch)
      batches.push({ events: batch, revision })
      await options.onEvents?.(batch, revision)
      reached = Math.max(reached, revision)
    },
    onProgress: revision => {
      progress.push(revision)
      progressAt.push({ revision, before: events.length })
      reached = Math.max(reached, revision)
    },
  })
  return {
    handle,
    events,
    batches,
    progress,
    progressAt,
    get ended() {
      return ended
    },
    keys: () => events.map(event => event.key),
    lines: () =>
      events.map(
        ({ type, key, value, createRevision, modRevision }) =>
          `${type} ${key.slice(6)}=${text(value)} ${createRevision}/${modRevision}`,
      ),
    /** Waits until everything up to `revision` was delivered. */
    until: (revision: Revision) =>
      expect.poll(() => reached, { timeout: 15_000, interval: 5 }).toBeGreaterThanOrEqual(revision),
    /** Runs the first write once the store surely knows of the watch. */
    async started(write: () => Promise<unknown>) {
      await expect
        .poll(
          () => {
            handle.requestProgress()
            return progress.length
          },
          { timeout: 10_000, interval: 10 },
        )
        .toBeGreaterThan(0)
      await write()
    },
  }
}
