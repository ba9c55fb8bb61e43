import type { Revision } from '../key-value-store.ts'
import type { StoredEntry, StoredEvent } from './entry.ts'

/** What an event costs beside the bytes of the object it replaced. */
const eventOverhead = 400

export interface WindowBounds {
  /** Events kept for watches that resume. */
  maxEvents: number
  /** Bytes of replaced objects kept for them. */
  maxBytes: number
}

/**
 * The last events, in order. At either bound the oldest go, and with them the bytes of the objects they replaced: a watch
 * that wants to start before has to list again.
 */
export class HistoryWindow {
  readonly #bounds: WindowBounds
  readonly #drop: (entry: StoredEntry) => void
  #events: StoredEvent[] = []
  #head = 0
  #bytes = 0
  /** All events after this revision are here. */
  oldest: Revision

  constructor(bounds: WindowBounds, start: Revision, drop: (entry: StoredEntry) => void) {
    this.#bounds = bounds
    this.#drop = drop
    this.oldest = start
  }

  get length(): number {
    return this.#events.length - this.#head
  }

  push(event: StoredEvent): void {
    this.#events.push(event)
    this.#bytes += costOf(event)
    while (this.length > this.#bounds.maxEvents || (this.#bytes > this.#bounds.maxBytes && this.length > 1)) {
      const gone = this.#events[this.#head++] as StoredEvent
      this.#bytes -= costOf(gone)
      this.oldest = gone.revision
      if (gone.previous) this.#drop(gone.previous)
    }
    if (this.#head > 1024 && this.#head * 2 > this.#events.length) {
      this.#events = this.#events.slice(this.#head)
      this.#head = 0
    }
  }

  /** The events with a higher revision, oldest first. */
  after(revision: Revision): StoredEvent[] {
    let low = this.#head
    let high = this.#events.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#events[middle] as StoredEvent).revision <= revision) low = middle + 1
      else high = middle
    }
    return this.#events.slice(low)
  }
}

function costOf(event: StoredEvent): number {
  return eventOverhead + (event.previous?.block.length ?? 0)
}
