import {
  CompactedError,
  type Revision,
  type StoreEvent,
  type StoreWatch,
  type StoreWatchOptions,
} from '../key-value-store.ts'
import type { DurableView } from './durable-view.ts'

/** A watcher that catches up reads at most so much at a time; in between other work has its turn. */
const maxCatchUpEvents = 256
const maxCatchUpBytes = 1024 * 1024

/**
 *     behind ──(read from the log up to the durable revision)──> live
 *     live ──(its reader holds a promise while a commit lands)──> behind
 *
 * A slow watcher costs no memory: what it misses is read from the log again when it is ready.
 */
class Watcher implements StoreWatch {
  readonly #view: DurableView
  readonly #options: StoreWatchOptions
  readonly #leave: (watcher: Watcher) => void
  /** The first revision not delivered yet. */
  #next: Revision
  #busy = false
  #progressWanted = false
  #ended = false

  constructor(view: DurableView, options: StoreWatchOptions, leave: (watcher: Watcher) => void) {
    this.#view = view
    this.#options = options
    this.#leave = leave
    this.#next = options.from === undefined || options.from === 0 ? view.revision + 1 : options.from
    options.signal.addEventListener('abort', this.#aborted, { once: true })
    if (options.signal.aborted) this.#aborted()
    else if (this.#next <= view.revision) this.#busy = true
    // never from within watch(): the caller has no handle yet
    if (this.#busy) setImmediate(() => void this.#catchUp())
  }

  /** Called for each commit, in order. */
  offer(events: readonly StoreEvent[], revision: Revision): void {
    if (this.#ended || this.#busy) return
    const first = events[0]
    if (first === undefined || revision < this.#next) return
    const { start, end } = this.#options
    const next = this.#next
    const mine = events.every(event => event.key >= start && event.key < end && event.modRevision >= next)
      ? events
      : events.filter(event => event.key >= start && event.key < end && event.modRevision >= next)
    this.#next = revision + 1
    const held = mine.length === 0 ? undefined : this.#deliver(mine, revision)
    if (held) {
      this.#busy = true
      void held.then(() => this.#catchUp())
    } else this.#progress()
  }

  requestProgress(): void {
    this.#progressWanted = true
    if (!this.#busy && !this.#ended) queueMicrotask(() => this.#busy || this.#progress())
  }

  compacted(): void {
    if (!this.#busy && this.#next < this.#view.compactRevision && this.#next <= this.#view.revision)
      this.end(new CompactedError(this.#view.compactRevision))
  }

  end(error: Error): void {
    if (this.#ended) return
    this.#aborted()
    this.#options.onEnd(error)
  }

  readonly #aborted = (): void => {
    this.#ended = true
    this.#options.signal.removeEventListener('abort', this.#aborted)
    this.#leave(this)
  }

  #deliver(events: readonly StoreEvent[], revision: Revision): Promise<void> | undefined {
    try {
      const result = this.#options.onEvents(events, revision)
      if (!(result instanceof Promise)) return undefined
      return result.catch(error => this.end(asError(error)))
    } catch (error) {
      this.end(asError(error))
      return undefined
    }
  }

  #progress(): void {
    if (!this.#progressWanted || this.#ended) return
    this.#progressWanted = false
    this.#options.onProgress?.(this.#view.revision)
  }

  async #catchUp(): Promise<void> {
    const { start, end } = this.#options
    for (;;) {
      if (this.#ended) return
      if (this.#next > this.#view.revision) break
      if (this.#next < this.#view.compactRevision) return this.end(new CompactedError(this.#view.compactRevision))
      let batch: { events: StoreEvent[]; through: Revision }
      try {
        batch = this.#view.events(this.#next, start, end, maxCatchUpEvents, maxCatchUpBytes)
      } catch (error) {
        return this.end(asError(error))
      }
      this.#next = batch.through + 1
      if (batch.events.length > 0) await this.#deliver(batch.events, batch.through)
      if (this.#next <= this.#view.revision) await new Promise(resolve => setImmediate(resolve))
    }
    this.#busy = false
    this.#progress()
  }
}

/** All watches on the store. */
export class Watchers {
  readonly #view: DurableView
  readonly #watchers = new Set<Watcher>()

  constructor(view: DurableView) {
    this.#view = view
  }

  watch(options: StoreWatchOptions): StoreWatch {
    const watcher = new Watcher(this.#view, options, left => this.#watchers.delete(left))
    if (!options.signal.aborted) this.#watchers.add(watcher)
    return watcher
  }

  durable(events: readonly StoreEvent[], revision: Revision): void {
    for (const watcher of this.#watchers) watcher.offer(events, revision)
  }

  compacted(): void {
    for (const watcher of this.#watchers) watcher.compacted()
  }

  close(error: Error): void {
    for (const watcher of this.#watchers) watcher.end(error)
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}
