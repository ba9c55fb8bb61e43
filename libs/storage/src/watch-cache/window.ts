import { prefixEnd, type Revision } from '../key-value-store.ts'
import type { StoredEntry, StoredEvent } from './entry.ts'

/** What an event costs beside the bytes of the object it replaced. */
const eventOverhead = 400

export interface WindowBounds {
  /** Events kept for watches that resume. */
  maxEvents: number
  /** Bytes of replaced objects kept for them. */
  maxBytes: number
}

/** Events in order of their revision; new ones come at the end, old ones leave at the front. */
class EventQueue {
  #events: StoredEvent[] = []
  #head = 0

  get length(): number {
    return this.#events.length - this.#head
  }

  push(event: StoredEvent): void {
    this.#events.push(event)
  }

  shift(): StoredEvent {
    const event = this.#events[this.#head++] as StoredEvent
    if (this.#head > 1024 && this.#head * 2 > this.#events.length) {
      this.#events = this.#events.slice(this.#head)
      this.#head = 0
    }
    return event
  }

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

/**
 * The last events, in order. At either bound the oldest go, and with them the bytes of the objects they replaced: a watch
 * that wants to start before has to list again. The events of each kind are also filed by themselves, so that thousands
 * of watches that come back at once need not look at everyone else's.
 */
export class HistoryWindow {
  readonly #bounds: WindowBounds
  readonly #drop: (entry: StoredEntry) => void
  readonly #all = new EventQueue()
  readonly #kinds = new Map<string, EventQueue>()
  #bytes = 0
  /** All events after this revision are here. */
  oldest: Revision

  constructor(bounds: WindowBounds, start: Revision, drop: (entry: StoredEntry) => void) {
    this.#bounds = bounds
    this.#drop = drop
    this.oldest = start
  }

  get length(): number {
    return this.#all.length
  }

  push(event: StoredEvent): void {
    const kind = kindOf(event.entry.key)
    const queue = this.#kinds.get(kind) ?? new EventQueue()
    if (queue.length === 0) this.#kinds.set(kind, queue)
    queue.push(event)
    this.#all.push(event)
    this.#bytes += costOf(event)
    while (this.length > this.#bounds.maxEvents || (this.#bytes > this.#bounds.maxBytes && this.length > 1))
      this.#trim()
  }

  /** The events with a higher revision, oldest first. */
  after(revision: Revision): StoredEvent[] {
    return this.#all.after(revision)
  }

  /** The same for keys of one range; some of other keys of the same kind may be among them. */
  afterIn(revision: Revision, start: string, end: string): StoredEvent[] {
    const kind = kindOf(start)
    if (!kind.endsWith('/') || end > prefixEnd(kind)) return this.after(revision)
    return this.#kinds.get(kind)?.after(revision) ?? []
  }

  #trim(): void {
    const gone = this.#all.shift()
    this.#bytes -= costOf(gone)
    this.oldest = gone.revision
    // the oldest of all is the oldest of its kind
    const kind = kindOf(gone.entry.key)
    const queue = this.#kinds.get(kind)
    queue?.shift()
    if (queue?.length === 0) this.#kinds.delete(kind)
    if (gone.previous) this.#drop(gone.previous)
  }
}

/** `/registry/pods/` of `/registry/pods/default/a`; the key itself when it has fewer parts. */
function kindOf(key: string): string {
  const second = key.indexOf('/', key.indexOf('/') + 1)
  const third = second === -1 ? -1 : key.indexOf('/', second + 1)
  return third === -1 ? key : key.slice(0, third + 1)
}

function costOf(event: StoredEvent): number {
  return eventOverhead + (event.previous?.block.length ?? 0)
}
