import type { CacheEvent, CacheWatchOptions } from '@kubets/storage'
import type { SharedBody, SharedBytes } from '../front/exchange.ts'
import type { NativeStream, Way } from '../front/stream-handle.ts'
import type { FanOut, Lane, Sending } from './fan-out.ts'
import { joinedFrames } from './joined-frames.ts'
import { type Audience, frameFor } from './watch-audiences.ts'

/** A watcher that can be told together with others. */
export interface Member {
  readonly lane: Lane
  readonly fanOut: FanOut
  readonly audience: Audience
  readonly start: string
  readonly end: string
  readonly field: CacheWatchOptions['field']
  readonly body: SharedBody | undefined
  /** Set by its group alone. */
  place: number
  /** From now on it is told by itself, first of these. */
  alone(untold: readonly CacheEvent[]): void
  /** The cache ends its watch. */
  onEnd(error?: Error): void
}

/** After so many bytes the members hear whether those before them are sent. */
export const askEvery = 64 * 1024
/** A longer burst goes to each as fast as it reads. */
const longBurst = 512 * 1024
/** One who has not read so much is told by itself, and bounded there. */
const maxUnread = 512 * 1024

const none: readonly CacheEvent[] = []
const over = 'all have left'

/** What the members are being told. */
interface Burst {
  readonly events: readonly CacheEvent[]
  /** Their frames. */
  readonly bytes: Uint8Array
  /** They hear that it is sent. */
  readonly asks: boolean
}

/**
 * Watchers of one connection who asked for the same, up to date all of them. The cache offers an event once to all, its frame is looked for once, and then it is written to
 * one stream after the other; of a watcher's own objects, which no processor's cache holds, nothing is touched but the native side of its stream. What it was written
 * is counted when it is asked whether that is sent. Whoever is to be told something of its own leaves with what the others have before it.
 */
export class WatchGroup implements Sending, CacheWatchOptions, SharedBytes {
  queued = false
  #untold: readonly CacheEvent[] = none
  #burst: Burst | undefined
  /** Whose turn it is. */
  #next = 0
  /** Of each member, in their order. */
  readonly #natives: NativeStream[] = []
  readonly #way: Way
  readonly #members: Member[] = []
  #sinceAsked = 0
  written = 0
  open = true
  readonly lane: Lane
  readonly #fanOut: FanOut
  readonly #audience: Audience
  readonly start: string
  readonly end: string
  readonly field: CacheWatchOptions['field']
  readonly after: number
  readonly #abort = new AbortController()

  /** For watchers like this one, from this revision on. */
  constructor(one: Member, way: Way, after: number) {
    this.lane = one.lane
    this.#fanOut = one.fanOut
    this.#audience = one.audience
    this.start = one.start
    this.end = one.end
    this.field = one.field
    this.after = after
    this.#way = way
  }

  get signal(): AbortSignal {
    return this.#abort.signal
  }

  get writes(): number {
    return this.#members.length
  }

  get partly(): boolean {
    return this.#burst !== undefined
  }

  /** False: not now, for it knows what the others have yet to be told, or it is written to in another way. */
  add(one: Member, body: SharedBody): boolean {
    if (body.handle.way !== this.#way || this.#untold !== none || this.#burst !== undefined) return false
    one.place = this.#members.length
    this.#members.push(one)
    this.#natives.push(body.handle.native)
    body.join(this)
    return true
  }

  leave(one: Member): void {
    const burst = this.#burst
    const told = one.place < this.#next
    one.body?.leave(told && burst?.asks === false ? burst.bytes.length : 0)
    if (told) this.#fill(one.place, --this.#next)
    this.#fill(told ? this.#next : one.place, this.#members.length - 1)
    this.#members.pop()
    this.#natives.pop()
    const untold = told || burst === undefined ? this.#untold : [...burst.events, ...this.#untold]
    if (this.#members.length === 0) this.#close()
    else if (burst !== undefined && this.#next === this.#members.length) this.#told(burst)
    one.alone(untold)
  }

  /** Moves a member to the place of one that is no more there. */
  #fill(place: number, from: number): void {
    const member = this.#members[from] as Member
    member.place = place
    this.#members[place] = member
    this.#natives[place] = this.#natives[from] as NativeStream
  }

  #close(): void {
    this.open = false
    this.#burst = undefined
    this.#abort.abort(over)
  }

  onEvents(events: readonly CacheEvent[]): void {
    this.#untold = this.#untold === none ? events : [...this.#untold, ...events]
    this.#fanOut.add(this)
  }

  onEnd(error?: Error): void {
    for (const one of [...this.#members]) one.onEnd(error)
  }

  /** Writes to the next member. */
  send(): void {
    this.#burst ??= this.#begin()
    const burst = this.#burst
    if (burst === undefined) return
    const member = this.#next
    if (burst.asks) this.#ask(this.#members[member] as Member, burst.bytes)
    else {
      this.#way.write(this.#natives[member] as NativeStream, burst.bytes)
      this.#next = member + 1
    }
    if (this.#next === this.#members.length && this.#burst !== undefined) this.#told(burst)
  }

  /** Each says by itself what is wrong. */
  fail(): void {
    this.#dissolve()
  }

  #begin(): Burst | undefined {
    const events = this.#untold
    const frames: Uint8Array[] = []
    let size = 0
    for (const event of events) {
      const frame = frameFor(this.#audience, event)
      if (frame === undefined) continue
      frames.push(frame)
      size += frame.length
      if (size <= longBurst) continue
      this.#dissolve()
      return undefined
    }
    this.#untold = none
    if (frames.length === 0 || this.#members.length === 0) return undefined
    const bytes = frames.length === 1 ? (frames[0] as Uint8Array) : joinedFrames(frames, size)
    return { events, bytes, asks: this.#sinceAsked + size >= askEvery }
  }

  #ask(one: Member, bytes: Uint8Array): void {
    const body = one.body as SharedBody
    body.settle()
    body.write(bytes)
    this.#next++
    if (body.buffered > maxUnread) this.leave(one)
  }

  /** All have it. */
  #told({ bytes, asks }: Burst): void {
    this.#burst = undefined
    this.#next = 0
    this.#sinceAsked = asks ? 0 : this.#sinceAsked + bytes.length
    if (!asks) this.written += bytes.length
  }

  #dissolve(): void {
    for (const one of [...this.#members]) this.leave(one)
    this.#untold = none
  }
}
