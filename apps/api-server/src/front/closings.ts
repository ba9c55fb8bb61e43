import type { TLSSocket } from 'node:tls'
import { Turns } from './turns.ts'

/** What is freed and told at the end of a connection costs a tenth of a millisecond: so many steps of it are taken in one turn of the loop. */
const aTurn = 16

/**
 * Connections that end. When a network breaks, or a client of many connections, thousands end in one turn of the loop. They count as ended at once,
 * and are taken apart a few a turn: first our side of each is closed, then it is destroyed.
 */
export class Closings {
  readonly #turns = new Turns<() => void>(aTurn, takeApart => {
    takeApart()
    return true
  })

  /** Of this connection, whenever it ends. */
  spread(socket: TLSSocket): void {
    const { _final, _destroy } = socket
    socket._final = callback => this.#turns.push(() => _final.call(socket, callback))
    socket._destroy = (error, callback) => this.#turns.push(() => _destroy.call(socket, error, callback))
  }
}
