import type { Socket } from 'node:net'

/** A handshake costs a millisecond or more: so many begin in one turn of the loop. */
const aTurn = 3

/**
 * Connections that wait for their TLS handshake. Thousands of clients that come back at once would hold the loop for seconds; this way each turn
 * begins a few of their handshakes and everyone else is served in between. The sockets are paused until then.
 *
 * Bound: none of its own, since a connection waits here instead of in the handshake; the process's limit of open files ends both.
 */
export class AcceptQueue {
  readonly #begin: (socket: Socket) => void
  #waiting: Socket[] = []
  #head = 0
  #running = false

  constructor(begin: (socket: Socket) => void) {
    this.#begin = begin
  }

  push(socket: Socket): void {
    this.#waiting.push(socket)
    if (this.#running) return
    this.#running = true
    this.#turn()
  }

  /** Nobody waits any more: the owner ends the sockets. */
  clear(): void {
    this.#waiting = []
    this.#head = 0
  }

  #turn(): void {
    for (let begun = 0; begun < aTurn && this.#head < this.#waiting.length; ) {
      const socket = this.#waiting[this.#head++] as Socket
      if (socket.destroyed) continue
      begun++
      this.#begin(socket)
    }
    // the next ones wait for the next turn even when nobody waits now
    setImmediate(() => {
      if (this.#head < this.#waiting.length) return this.#turn()
      this.clear()
      this.#running = false
    })
  }
}
