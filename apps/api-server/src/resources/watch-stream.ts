import type { Clock } from '@kubets/component'
import type { CacheEvent, Entry } from '@kubets/storage'
import type { BodyWriter } from '../front/exchange.ts'
import type { Frames } from './watch-frames.ts'
import type { Ticking } from './watch-ticker.ts'

/** A watcher that has this much unread is cut off: it comes back and goes on from the revision it saw last, out of the window. */
const maxUnread = 8 * 1024 * 1024
const bookmarkEvery = 60_000
/** A last bookmark this long before the watch's end lets the client resume from there. */
const bookmarkBeforeEnd = 2_000

export interface WatchStreamOptions {
  writer: BodyWriter
  /** Breaks the connection's stream off. */
  cut(): void
  frames: Frames
  /** How a burst is written: as one chunk, or each frame by itself (WebSocket messages). */
  writes: 'joined' | 'one frame each'
  bookmarks: boolean
  /** When the watch ends, ms. */
  until: number
  clock: Clock
  /** Undefined: everything matches, frames are shared with other watchers. */
  matches: ((entry: Entry) => boolean) | undefined
}

/** One running watch's outgoing side: filters events, writes a burst at once, sends bookmarks, ends in time. */
export class WatchStream implements Ticking {
  readonly #options: WatchStreamOptions
  readonly #abort = new AbortController()
  #pending: Uint8Array[] = []
  #pendingBytes = 0
  #bookmarkAt: number
  #sentRevision = 0
  #lastBookmark = false
  /** The revision up to which everything was delivered. */
  progress: () => number = () => this.#sentRevision

  constructor(options: WatchStreamOptions) {
    this.#options = options
    this.#bookmarkAt = options.clock.now() + bookmarkEvery
  }

  get signal(): AbortSignal {
    return this.#abort.signal
  }

  get stopped(): boolean {
    return this.#abort.signal.aborted
  }

  /** One object of the initial state. */
  async initial(entry: Entry): Promise<void> {
    this.#push(this.#options.frames.initial(entry))
    if (this.#pendingBytes >= 64 * 1024) await this.flushed()
  }

  /** Writes what is pending and waits until the client has room for more. */
  async flushed(): Promise<void> {
    if (!this.#flush()) await this.#options.writer.drained()
  }

  /** The bookmark that closes the initial state. */
  initialEventsEnd(revision: number): void {
    this.#push(this.#options.frames.initialEventsEnd(revision))
    this.#flush()
  }

  events(events: readonly CacheEvent[]): void {
    if (this.stopped) return
    for (const event of events) {
      const frame = this.#frame(event)
      if (frame === undefined) continue
      this.#push(frame)
      this.#sentRevision = event.revision
    }
    this.#flush()
    if (this.#options.writer.buffered > maxUnread) {
      this.stop()
      this.#options.cut()
    }
  }

  tick(now: number): void {
    if (this.stopped) return
    const { bookmarks, until } = this.#options
    if (bookmarks && (now >= this.#bookmarkAt || (!this.#lastBookmark && now >= until - bookmarkBeforeEnd))) {
      this.#lastBookmark = now >= until - bookmarkBeforeEnd
      this.#bookmarkAt = now + bookmarkEvery
      const revision = this.progress()
      if (revision > 0) {
        this.#push(this.#options.frames.bookmark(revision))
        this.#flush()
      }
    }
    if (now >= until) this.end()
  }

  /** Ends in order, after a last frame where there is something to say. */
  end(lastFrame?: Uint8Array): void {
    if (this.stopped) return
    if (lastFrame !== undefined) this.#push(lastFrame)
    this.#flush()
    this.stop()
    this.#options.writer.end()
  }

  stop(): void {
    this.#abort.abort()
  }

  /** What this watcher is told of an event: for one with a selector, an object that stops matching is deleted, one that begins to is added. */
  #frame(event: CacheEvent): Uint8Array | undefined {
    const { frames, matches } = this.#options
    if (matches === undefined) return frames.event(event)
    const after = event.type !== 'DELETED' && matches(event.entry)
    const before =
      event.previous !== undefined ? matches(event.previous) : event.type === 'DELETED' && matches(event.entry)
    if (after) return before ? frames.event(event) : frames.as('ADDED', event, event.entry)
    if (!before) return undefined
    // the body is the one that still matched, at the revision of the change
    return event.type === 'DELETED' ? frames.event(event) : frames.as('DELETED', event, event.previous ?? event.entry)
  }

  #push(frame: Uint8Array): void {
    this.#pending.push(frame)
    this.#pendingBytes += frame.length
  }

  /** One write for the whole burst. False when the client is slow. */
  #flush(): boolean {
    const frames = this.#pending
    if (frames.length === 0) return true
    this.#pending = []
    const size = this.#pendingBytes
    this.#pendingBytes = 0
    if (this.#options.writer.closed) return true
    if (this.#options.writes === 'one frame each')
      return frames.map(frame => this.#options.writer.write(frame)).at(-1) ?? true
    return this.#options.writer.write(frames.length === 1 ? (frames[0] as Uint8Array) : Buffer.concat(frames, size))
  }
}
