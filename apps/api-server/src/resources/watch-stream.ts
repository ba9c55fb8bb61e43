import type { Clock } from '@kubets/component'
import type { CacheEvent, CacheWatcher, CacheWatchOptions, Entry } from '@kubets/storage'
import type { BodyWriter, SharedBody } from '../front/exchange.ts'
import type { FanOut, Lane, Sending } from './fan-out.ts'
import { joinedFrames } from './joined-frames.ts'
import { type Audience, frameFor } from './watch-audiences.ts'
import type { Member, WatchGroup } from './watch-group.ts'
import type { Peers, WatchGroups } from './watch-groups.ts'
import type { Ticking } from './watch-ticker.ts'

/**
 * A watcher that would have more than this unread is told nothing more: its watch ends behind what it was sent, in order, as upstream's does
 * when its channel is full. It comes back and goes on from the revision it saw last, out of the window.
 */
const maxUnread = 8 * 1024 * 1024
/** One that does not read that either is broken off after so long. */
const patience = 30_000
/** A burst longer than this is not written at once. */
const longBurst = 1024 * 1024
const pieceOfBurst = 64 * 1024
const bookmarkEvery = 60_000
/** A last bookmark this long before the watch's end lets the client resume from there. */
const bookmarkBeforeEnd = 2_000

const none: readonly CacheEvent[] = []
/** Without a reason of ours each end makes an error with its stack, which costs more than the rest of it. */
const over = 'the watch is over'

export interface WatchStreamOptions {
  /** What it follows, after which revision. */
  range: Pick<CacheWatchOptions, 'start' | 'end' | 'field' | 'after'>
  writer: BodyWriter
  /** Breaks the connection's stream off. */
  cut(): void
  audience: Audience
  /** How a burst is written: as one chunk, or each frame by itself (WebSocket messages). */
  writes: 'joined' | 'one frame each'
  bookmarks: boolean
  /** When the watch ends, ms. */
  until: number
  clock: Clock
  fanOut: FanOut
  /** With whom it has its turn. */
  lane: Lane
  /** Undefined where nobody else can be told the same. */
  groups: WatchGroups | undefined
  /** What it was to be told cannot be said: somebody ends it. */
  onFailure(error: unknown): void
  /** The cache ends the watch; the last frame says why, where there is something to say. */
  lastFrame(error: Error): Uint8Array
}

/**
 * One running watch's outgoing side: filters events, writes a burst at once, sends bookmarks, ends in time. An event comes to thousands of them, whose
 * objects no processor's cache holds: what each event touches stands in as few objects as can be, so it is the watcher that the cache knows, too.
 */
export class WatchStream implements Ticking, Sending, CacheWatchOptions, Member {
  // first what each event touches: it lies together in this order
  queued = false
  #stopped = false
  /** What its turn has not come for. */
  #untold: readonly CacheEvent[] = none
  /** What came while a long burst goes out. */
  #later: CacheEvent[] | undefined
  #pendingBytes = 0
  readonly #writer: BodyWriter
  readonly #audience: Audience
  readonly fanOut: FanOut
  readonly lane: Lane
  readonly start: string
  readonly end: string
  readonly field: CacheWatchOptions['field']
  readonly after: number
  readonly #options: WatchStreamOptions
  readonly #abort = new AbortController()
  #pending: Uint8Array[] = []
  #bookmarkAt: number
  #lastBookmark = false
  #laterBytes = 0
  /** When it is broken off, for one that was too slow. */
  #cutAt: number | undefined
  /** What the cache has of it, once it follows. */
  #follows: CacheWatcher | undefined
  /** Those of its lane who are told the same. */
  #peers: Peers | undefined
  /** By whom it is told together with others; nothing of its own is under way then. */
  #group: WatchGroup | undefined
  /** Its place there. */
  place = 0

  constructor(options: WatchStreamOptions) {
    this.#writer = options.writer
    this.#audience = options.audience
    this.fanOut = options.fanOut
    this.lane = options.lane
    const { start, end, field, after } = options.range
    this.start = start
    this.end = end
    this.field = field
    this.after = after
    this.#options = options
    this.#bookmarkAt = options.clock.now() + bookmarkEvery
  }

  get signal(): AbortSignal {
    return this.#abort.signal
  }

  get stopped(): boolean {
    return this.#stopped
  }

  get audience(): Audience {
    return this.#audience
  }

  get body(): SharedBody | undefined {
    return this.#writer.shared
  }

  /** From now on it is told what happens. */
  follow(watcher: CacheWatcher): void {
    this.#follows = watcher
    if (!this.#stopped) this.#peers = this.#options.groups?.enter(this.lane, this.#audience)
  }

  /** One object of the initial state. */
  async initial(entry: Entry): Promise<void> {
    this.#push(this.#audience.frames.initial(entry))
    if (this.#pendingBytes >= pieceOfBurst) await this.flushed()
  }

  /** Writes what is pending and waits until the client has room for more. */
  async flushed(): Promise<void> {
    if (!this.#flush()) await this.#writer.drained()
  }

  /** The bookmark that closes the initial state. */
  initialEventsEnd(revision: number): void {
    this.#push(this.#audience.frames.initialEventsEnd(revision))
    this.#flush()
  }

  /** Costs next to nothing: what each watcher is told is made when its turn comes. */
  onEvents(events: readonly CacheEvent[]): void {
    if (this.#stopped) return
    if (this.#later !== undefined) {
      this.#putOff(this.#later, events)
      return
    }
    this.#untold = this.#untold === none ? events : [...this.#untold, ...events]
    this.fanOut.add(this)
  }

  onEnd(error?: Error): void {
    this.finish(error && this.#options.lastFrame(error))
  }

  send(): void {
    const events = this.#untold
    if (events.length === 1 && this.#pendingBytes === 0) {
      this.#sendOne(events[0] as CacheEvent)
      return
    }
    this.#tellAll()
    if (this.#pendingBytes + this.#writer.buffered > maxUnread) this.#tooSlow()
    else this.#flush()
  }

  /** Most often there is one event, and thousands who are told of it: its frame passes through no list of theirs. */
  #sendOne(event: CacheEvent): void {
    this.#untold = none
    const frame = frameFor(this.#audience, event)
    if (frame === undefined) return
    if (frame.length + this.#writer.buffered > maxUnread) this.#tooSlow()
    else this.#writer.write(frame)
  }

  fail(error: unknown): void {
    this.#untold = none
    this.#later = undefined
    this.#options.onFailure(error)
  }

  #tellAll(): void {
    const events = this.#untold
    this.#untold = none
    for (let i = 0; i < events.length; i++) {
      if (this.#pendingBytes >= longBurst) {
        this.#catchUp(events.slice(i)).catch((error: unknown) => this.fail(error))
        return
      }
      this.#tell(events[i] as CacheEvent)
    }
  }

  #tell(event: CacheEvent): void {
    const frame = frameFor(this.#audience, event)
    if (frame !== undefined) this.#push(frame)
  }

  /** A long burst, as of one who was away for a while, goes out as fast as the client reads; what happens meanwhile is bounded as ever. */
  async #catchUp(burst: readonly CacheEvent[]): Promise<void> {
    for (let events = burst; events.length > 0; events = this.#later ?? []) {
      this.#later = []
      this.#laterBytes = 0
      for (const event of events) {
        if (this.stopped) return
        this.#tell(event)
        if (this.#pendingBytes >= pieceOfBurst) await this.flushed()
      }
    }
    this.#later = undefined
    this.fanOut.add(this)
  }

  #putOff(later: CacheEvent[], events: readonly CacheEvent[]): void {
    for (const event of events) {
      later.push(event)
      this.#laterBytes += event.entry.bytes.length
    }
    if (this.#laterBytes > maxUnread) this.#tooSlow()
  }

  #tooSlow(): void {
    if (this.stopped) return
    this.#pending = []
    this.#pendingBytes = 0
    this.#untold = none
    this.#cutAt = this.#options.clock.now() + patience
    this.finish()
  }

  tick(now: number): void {
    if (this.#cutAt !== undefined && now >= this.#cutAt) this.#options.cut()
    if (this.stopped) return
    const { bookmarks, until } = this.#options
    if (bookmarks && (now >= this.#bookmarkAt || (!this.#lastBookmark && now >= until - bookmarkBeforeEnd)))
      this.#bookmark(now)
    if (now >= until) this.finish()
    else if (this.#group === undefined) this.#join()
  }

  /** One that has nothing to send is told together with those of its lane who are told the same. */
  #join(): void {
    if (this.queued || this.#untold !== none || this.#later !== undefined || this.#pendingBytes > 0) return
    this.#group = this.#peers?.join(this)
    if (this.#group !== undefined) this.#follows?.pause()
  }

  /** It goes on by itself with what its group has not told it. */
  alone(untold: readonly CacheEvent[]): void {
    this.#group = undefined
    if (this.#stopped) return
    this.#follows?.goOn()
    if (untold.length === 0) return
    this.#untold = untold
    this.fanOut.add(this)
  }

  #bookmark(now: number): void {
    this.#group?.leave(this)
    // what it speaks of stands before it, and is written with it when its turn comes: thousands may be due at once
    this.#tellAll()
    // one that catches up has not got yet what the cache has delivered
    if (this.#later !== undefined) return
    this.#lastBookmark = now >= this.#options.until - bookmarkBeforeEnd
    this.#bookmarkAt = now + bookmarkEvery
    const revision = this.#follows?.revision ?? 0
    if (revision === 0) return
    this.#push(this.#audience.frames.bookmark(revision))
    this.fanOut.add(this)
  }

  /** Ends in order, after a last frame where there is something to say. */
  finish(lastFrame?: Uint8Array): void {
    if (this.stopped) return
    this.#group?.leave(this)
    this.#tellAll()
    if (lastFrame !== undefined) this.#push(lastFrame)
    this.#flush()
    this.stop()
    this.#writer.end()
  }

  stop(): void {
    if (this.#stopped) return
    this.#stopped = true
    this.#group?.leave(this)
    this.#peers?.leave()
    this.#abort.abort(over)
  }

  #push(frame: Uint8Array): void {
    this.#pending.push(frame)
    this.#pendingBytes += frame.length
  }

  /** One write for the whole burst. False when the client is slow. */
  #flush(): boolean {
    const frames = this.#pending
    if (frames.length === 0) return true
    const writer = this.#writer
    const size = this.#pendingBytes
    this.#pendingBytes = 0
    if (frames.length === 1) return writer.write(frames.pop() as Uint8Array)
    this.#pending = []
    if (this.#options.writes === 'one frame each') return frames.map(frame => writer.write(frame)).at(-1) ?? true
    return writer.closed || writer.write(joinedFrames(frames, size))
  }
}
