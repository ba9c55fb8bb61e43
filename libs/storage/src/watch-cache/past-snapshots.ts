import type { Revision } from '../key-value-store.ts'
import type { StoredEntry, StoredEvent } from './entry.ts'
import { type MapView, OrderedMap } from './ordered-map.ts'

/** A list that is read page by page comes back to the same revision: so many of them are held. */
const maxHeld = 32

/** Events undone in one turn: about a millisecond. */
const undoChunk = 1_000

/** The cache as it was at past revisions: held from earlier reads, or made by undoing events. */
export class PastSnapshots {
  #held = new Map<Revision, MapView<StoredEntry>>()

  get(revision: Revision): MapView<StoredEntry> | undefined {
    const view = this.#held.get(revision)
    if (view) this.hold(revision, view)
    return view
  }

  /** Remembers a view; at the bound the one that was not asked for longest goes (it can be made again from the window). */
  hold(revision: Revision, view: MapView<StoredEntry>): void {
    this.#held.delete(revision)
    this.#held.set(revision, view)
    for (const [oldest] of this.#held) {
      if (this.#held.size <= maxHeld) break
      this.#held.delete(oldest)
    }
  }

  /** What the window no longer covers must not keep bytes alive. */
  forgetBefore(oldest: Revision): void {
    if (this.#held.size > 0)
      for (const revision of this.#held.keys()) if (revision < oldest) this.#held.delete(revision)
  }

  clear(): void {
    this.#held.clear()
  }

  /** Takes the events back, newest first, from a view that has them all. */
  async undo(from: MapView<StoredEntry>, events: readonly StoredEvent[]): Promise<MapView<StoredEntry>> {
    const map = new OrderedMap(from)
    for (let i = events.length - 1, done = 1; i >= 0; i--, done++) {
      const { entry, previous } = events[i] as StoredEvent
      if (previous) map.set(entry.key, previous)
      else map.delete(entry.key)
      if (done % undoChunk === 0) await new Promise(resolve => setImmediate(resolve))
    }
    return map.view()
  }
}
