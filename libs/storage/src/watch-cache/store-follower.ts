import { type Clock, type Logger, sleep } from '@kubets/component'
import {
  CompactedError,
  type KeyValueStore,
  prefixEnd,
  type Revision,
  StoreClosedError,
  type StoreEvent,
  type StoreWatch,
} from '../key-value-store.ts'

/** While somebody waits, progress is asked for this often (milliseconds). */
const progressEvery = 100

/** Waits between two attempts to load or to watch: milliseconds, doubled up to the second. */
const firstRetry = 100
const lastRetry = 5_000

/** What is held of a store's prefix, and kept in step with it. */
export interface Copy {
  /** False until it was loaded, and again from when it is `outdated`. */
  readonly loaded: boolean
  /** It has everything up to here. */
  readonly revision: Revision
  /** Somebody waits for a revision that it has not reached. */
  readonly awaited: boolean
  /** Reads everything. */
  load(): Promise<void>
  /** What changed, up to `revision`, in order. */
  apply(events: readonly StoreEvent[], revision: Revision): void
  /** Nothing else changed up to here. */
  reached(revision: Revision): void
  /** What came after its revision is told no more: it is loaded anew. */
  outdated(cause: Error): void
}

export interface StoreFollowerOptions {
  store: KeyValueStore
  prefix: string
  logger: Logger
  clock: Clock
  /** The end of it. */
  signal: AbortSignal
}

/**
 * Loads a copy of a store's prefix and keeps it in step, until the signal says stop.
 *
 *     load ──> follow ──(connection lost)──> follow from where it was
 *       ^         └──(compacted, or the store went back)──┐
 *       └──────────── watchers end, clients list again <──┘
 */
export class StoreFollower {
  /** Resolves when the copy was loaded for the first time. */
  readonly ready: Promise<void>
  /** Resolves when nothing is told to the copy any more. */
  readonly ended: Promise<void>
  readonly #copy: Copy
  readonly #options: StoreFollowerOptions
  #watch: StoreWatch | undefined
  #cancelProgress: (() => void) | undefined

  constructor(copy: Copy, options: StoreFollowerOptions) {
    this.#copy = copy
    this.#options = options
    const first = Promise.withResolvers<void>()
    this.ready = first.promise
    this.ready.catch(() => undefined)
    options.signal.addEventListener('abort', () => this.#cancelProgress?.(), { once: true })
    this.ended = this.#run(first.resolve).finally(() => first.reject(new StoreClosedError()))
  }

  /** Writes outside the prefix raise the store's revision without an event: while somebody waits, the store is asked. */
  askProgress(): void {
    this.#watch?.requestProgress()
    if (this.#cancelProgress) return
    this.#cancelProgress = this.#options.clock.after(progressEvery, () => {
      this.#cancelProgress = undefined
      if (this.#copy.awaited) this.askProgress()
    })
  }

  async #run(ready: () => void): Promise<void> {
    const { signal, logger, clock } = this.#options
    const copy = this.#copy
    let retry = firstRetry
    while (!signal.aborted) {
      try {
        if (!copy.loaded) {
          await copy.load()
          ready()
        }
        retry = firstRetry
        throw await this.#follow()
      } catch (error) {
        if (signal.aborted) return
        if (error instanceof CompactedError && copy.loaded) {
          logger.warn({ err: error, revision: copy.revision }, 'Watch cache is rebuilt')
          copy.outdated(error)
          continue
        }
        logger.warn({ err: error, retryMilliseconds: retry }, 'Watch cache lost the store')
        await sleep(retry, signal, clock)
        retry = Math.min(retry * 2, lastRetry)
      }
    }
  }

  /** Resolves with the reason why the watch ended. */
  async #follow(): Promise<Error> {
    const { store, prefix, signal } = this.#options
    const copy = this.#copy
    // a store that was put back to an older state has another history than ours
    if ((await store.revision()) < copy.revision) return new CompactedError(copy.revision)
    using ended = new DisposableStack()
    const { promise, resolve } = Promise.withResolvers<Error>()
    const watch = new AbortController()
    const stopped = () => {
      watch.abort()
      resolve(new StoreClosedError())
    }
    signal.addEventListener('abort', stopped, { once: true })
    ended.defer(() => {
      signal.removeEventListener('abort', stopped)
      watch.abort()
      this.#watch = undefined
    })
    if (signal.aborted) return new StoreClosedError()
    this.#watch = store.watch({
      start: prefix,
      end: prefixEnd(prefix),
      from: copy.revision + 1,
      onEvents: (events, revision) => copy.apply(events, revision),
      onProgress: revision => copy.reached(revision),
      onEnd: resolve,
      signal: watch.signal,
    })
    if (copy.awaited) this.askProgress()
    copy.reached(copy.revision)
    // awaited here: what is put away at the end of this function must outlive the wait
    return await promise
  }
}
