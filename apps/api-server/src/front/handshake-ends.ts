import type { Socket } from 'node:net'
import { Turns } from './turns.ts'

/** The end of a handshake costs half a millisecond: so many are taken in one turn of the loop. */
const aTurn = 6
/** Or fewer, where they have taken so long since the first one's end, ms: a busy machine needs twice the time and more. */
const share = 3
/** Handshakes of those who have said nothing for longer, ms, do not end together. */
const recent = 2_000

interface Handle {
  readStart(): number
  readStop(): number
}

interface Handshake {
  readonly socket: Socket
  readonly began: number
  held: boolean
}

/**
 * Clients whose machine stood still for a moment answer all at once, and libuv would read all of them in one turn. When a few handshakes have ended in a turn the
 * others are read no further, which libuv minds also for sockets that it has been told are ready, and go on a few in each of the next turns.
 */
export class HandshakeEnds {
  /** Under way, in the order in which they began. */
  readonly #handshakes = new Map<string, Handshake>()
  readonly #now: () => number
  readonly #held = new Turns<Handshake>(aTurn, goOn, () => !this.#full)
  /** How many have ended in the present turn. */
  #inTurn = 0
  /** When the first of them had. */
  #since = 0
  /** The others are read no further. */
  #full = false

  constructor(now: () => number) {
    this.#now = now
  }

  began(name: string, socket: Socket): void {
    this.#handshakes.set(name, { socket, began: this.#now(), held: false })
  }

  /** It has ended well. */
  over(name: string): void {
    if (!this.#handshakes.delete(name)) return
    const now = this.#now()
    if (++this.#inTurn === 1) {
      this.#since = now
      setImmediate(this.#nextTurn)
    }
    if (this.#full || (this.#inTurn < aTurn && now - this.#since < share)) return
    this.#full = true
    this.#holdBack()
  }

  /** It has ended somehow. */
  ended(name: string): void {
    this.#handshakes.delete(name)
  }

  clear(): void {
    this.#handshakes.clear()
    this.#held.clear()
  }

  readonly #nextTurn = (): void => {
    this.#inTurn = 0
    this.#full = false
    this.#held.wake()
  }

  #holdBack(): void {
    const since = this.#now() - recent
    for (const handshake of this.#handshakes.values()) {
      if (handshake.held || handshake.began < since) continue
      handshake.held = true
      handleOf(handshake.socket)?.readStop()
      this.#held.push(handshake)
    }
  }
}

function goOn(handshake: Handshake): boolean {
  handshake.held = false
  const handle = handshake.socket.destroyed ? null : handleOf(handshake.socket)
  handle?.readStart()
  return handle !== null
}

/** Pausing the socket itself does nothing: TLS reads below it. */
const handleOf = (socket: Socket) => (socket as unknown as { _handle: Handle | null })._handle
