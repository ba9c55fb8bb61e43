import type { Socket } from 'node:net'
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
/** Such as were ended while they waited count until it would be their turn: {@link ConnectionLimits} bound the others. */
const mostWaiting = 65_536

/** What the queue wants to know of a connection, the same before and after its handshake. */
export type Peer = Pick<Socket, 'remoteAddress' | 'remotePort'>

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
  #timer: NodeJS.Timeout | undefined

  constructor(options: AcceptQueueOptions) {
    this.#options = options
    this.#now = options.now ?? (() => performance.now())
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

  /** A handshake is over, well or not. */
  over(peer: Peer): void {
    if (this.#underWay.delete(nameOf(peer))) this.#queue.wake()
  }

  /** Nobody waits any more: the owner ends the sockets. */
  clear(): void {
    clearTimeout(this.#timer)
    this.#queue.clear()
    this.#underWay.clear()
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
    socket.once('close', () => {
      if (this.#underWay.delete(name)) this.#queue.wake()
    })
    this.#options.begin(socket)
    return true
  }

  #mayBegin(): boolean {
    if (this.#underWay.size < atOnce) return true
    const late = this.#now() - patience
    for (const [name, began] of this.#underWay) {
      if (began > late) {
        if (this.#underWay.size >= atOnce) this.#wakeIn(began - late)
        break
      }
      this.#underWay.delete(name)
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

/** Of a connection, as long as it is open. */
export const nameOf = ({ remoteAddress, remotePort }: Peer) => `${remoteAddress} ${remotePort}`
