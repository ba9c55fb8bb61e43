import { type Entry, ExpiredError, prefixEnd, type WatchCache } from '@kubets/storage'

/** Reading ahead holds a turn of the loop for this long, ms. */
const share = 2

/** What stands in an index of one kind's objects. Both are called with entries of the kind only. */
export interface Followed {
  /** Where the kind's keys begin: `/registry/pods/`. */
  readonly prefix: string
  /** A new or changed object; `previous` is its state before, where it is known. */
  put(entry: Entry, previous: Entry | undefined): void
  /** With the last state. */
  remove(entry: Entry): void
}

/**
 * Keeps an index in step with the watch cache: filled at the start, then changed by what the watches tell. After a cache that had to begin
 * anew the index is filled again.
 */
export class CacheFollower {
  readonly #cache: WatchCache
  readonly #kinds: readonly Followed[]
  readonly #reset: () => void
  readonly #signal: AbortSignal
  /** The present filling's watches; what older ones still tell is not heard. */
  #watches: AbortController | undefined
  #filling: Promise<void> | undefined

  constructor(options: { cache: WatchCache; kinds: readonly Followed[]; reset: () => void; signal: AbortSignal }) {
    this.#cache = options.cache
    this.#kinds = options.kinds
    this.#reset = options.reset
    this.#signal = options.signal
  }

  /**
   * The same, but others have their turns while much is filled in: undefined when nothing has to be done. Who asks with {@link ensure} meanwhile does
   * not wait for it.
   */
  prepare(): Promise<void> | undefined {
    if (this.#watches !== undefined) return undefined
    this.#filling ??= this.#fillInTurns().finally(() => {
      this.#filling = undefined
    })
    return this.#filling
  }

  /** Called before each question: costs one look where nothing has to be done. */
  ensure(): void {
    if (this.#watches === undefined) this.#fill()
  }

  /** Reads ahead what a filling asks of entries, which they remember; it is then done at once. */
  async #fillInTurns(): Promise<void> {
    let began = performance.now()
    const snapshot = this.#cache.snapshot()
    for (const { prefix } of this.#kinds)
      for (const entry of snapshot.range(prefix, prefixEnd(prefix))) {
        void entry.fields
        if (performance.now() - began < share) continue
        await new Promise(resolve => setImmediate(resolve))
        began = performance.now()
        if (this.#signal.aborted || this.#watches !== undefined) return
      }
    this.ensure()
  }

  #fill(): void {
    this.#reset()
    const watches = new AbortController()
    const snapshot = this.#cache.snapshot()
    const lost = () => {
      if (this.#watches === watches) this.#watches = undefined
      watches.abort()
    }
    try {
      for (const kind of this.#kinds) {
        const range = { start: kind.prefix, end: prefixEnd(kind.prefix) }
        for (const entry of snapshot.range(range.start, range.end)) if (isObject(entry)) kind.put(entry, undefined)
        this.#cache.watch({
          ...range,
          after: snapshot.revision,
          onEvents: events => {
            if (watches.signal.aborted) return
            for (const { type, entry, previous } of events) {
              if (!isObject(entry)) continue
              if (type === 'DELETED') kind.remove(entry)
              else kind.put(entry, previous)
            }
          },
          onEnd: lost,
          signal: AbortSignal.any([watches.signal, this.#signal]),
        })
      }
      this.#watches = watches
    } catch (error) {
      watches.abort()
      // the cache is being rebuilt: this filling is as good as it can be, and the next question tries again
      if (!(error instanceof ExpiredError)) throw error
    }
  }
}

/** Not ours (upstream's protobuf) otherwise: shown to nobody, and gives nobody a right. */
const isObject = ({ bytes }: Entry) => bytes[0] === 0x7b

export function objectOf<T>({ bytes }: Entry): T {
  return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')) as T
}
