import type { Socket } from 'node:net'
import { HandshakeEnds } from './handshake-ends.ts'
import { nameOf, type Peer } from './peer.ts'
import { Turns } from './turns.ts'

/** A handshake costs a millisecond or more: so many begin in one turn of the loop. */
const aTurn = 3
/**
 * So many are under way at once. All whose clients answer while the loop is elsewhere are finished in one turn, and nothing can be done in between:
 * without a bound that were 200 of 5,000 clients.
 */
const atOnce = 8
/** A client that has not answered by then is far away, slow or no client at all, and keeps nobody waiting, ms. */
const patience = 12
/**
 * Where all are slow, because their machine or ours has much to do, each is waited for as long as three of them take, up to this, ms: all of them would
 * be late, hundreds under way, and finished in one turn after all. Those who never answer change nothing.
 */
const mostPatience = 100
/** Such as were ended while they waited count until it would be their turn: {@link ConnectionLimits} bound the others. */
const mostWaiting = 65_536

export interface AcceptQueueOptions {
  /** Begins the handshake. */
  begin(socket: Socket): void
  /** A connection that has waited for so long is refused: its client has given up. ms. */
  timeout: number
  /** Default {@link mostWaiting}. */
  mostWaiting?: number
  now?: () => number
}

interface Waiting {
  readonly socket: Socket
  readonly since: number
}

/**
 * Connections that wait for their TLS handshake. Thousands of clients that come back at once would hold the loop for seconds; this way a few
 * handshakes are under way, and everyone else is served in between. The sockets are paused until then. Those who cannot wait here are reset.
 */
export class AcceptQueue {
  readonly #options: AcceptQueueOptions
  readonly #now: () => number
  readonly #queue: Turns<Waiting>
  /** When handshakes that are under way began, in this order. */
  readonly #underWay = new Map<string, number>()
  /** The same of those that nobody waits for any more. */
  readonly #late = new Map<string, number>()
  readonly #ends: HandshakeEnds
  /** How long handshakes have taken of late, ms. */
  #usual = 0
  #timer: NodeJS.Timeout | undefined

  constructor(options: AcceptQueueOptions) {
    this.#options = options
    this.#now = options.now ?? (() => performance.now())
    this.#ends = new HandshakeEnds(this.#now)
    this.#queue = new Turns(
      aTurn,
      one => this.#begin(one),
      () => this.#mayBegin(),
    )
  }

  push(socket: Socket): void {
    if (this.#queue.size >= (this.#options.mostWaiting ?? mostWaiting)) socket.resetAndDestroy()
    else this.#queue.push({ socket, since: this.#now() })
  }

  /** A handshake has ended well. */
  over(peer: Peer): void {
    const name = nameOf(peer)
    const began = this.#underWay.get(name) ?? this.#late.get(name)
    if (began !== undefined) this.#usual += (this.#now() - began - this.#usual) / 16
    this.#ends.over(name)
    this.#ended(name)
  }

  /** Nobody waits any more: the owner ends the sockets. */
  clear(): void {
    clearTimeout(this.#timer)
    this.#queue.clear()
    this.#ends.clear()
    this.#underWay.clear()
    this.#late.clear()
  }

  #begin({ socket, since }: Waiting): boolean {
    if (socket.destroyed) return false
    const now = this.#now()
    if (now - since > this.#options.timeout) {
      socket.resetAndDestroy()
      return false
    }
    const name = nameOf(socket)
    this.#underWay.set(name, now)
    this.#ends.began(name, socket)
    socket.once('close', () => this.#ended(name))
    this.#options.begin(socket)
    return true
  }

  #ended(name: string): void {
    this.#ends.ended(name)
    this.#late.delete(name)
    if (this.#underWay.delete(name)) this.#queue.wake()
  }

  #mayBegin(): boolean {
    if (this.#underWay.size < atOnce) return true
    const late = this.#now() - Math.min(mostPatience, Math.max(patience, 3 * this.#usual))
    for (const [name, began] of this.#underWay) {
      if (began > late) {
        if (this.#underWay.size >= atOnce) this.#wakeIn(began - late)
        break
      }
      this.#underWay.delete(name)
      this.#late.set(name, began)
    }
    return this.#underWay.size < atOnce
  }

  #wakeIn(milliseconds: number): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.#queue.wake()
    }, Math.ceil(milliseconds))
  }
}
