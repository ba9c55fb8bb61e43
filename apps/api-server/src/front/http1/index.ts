import type { TLSSocket } from 'node:tls'
import type { Exchange } from '../exchange.ts'
import { checkInterval, type ListenerLimits } from '../listener-limits.ts'
import { Http1Connection } from './connection.ts'

export { BadRequest } from './head.ts'

/** The connections of a listener that speak HTTP/1.1. */
export class Http1Connections implements Disposable {
  readonly #limits: ListenerLimits
  readonly #onExchange: (exchange: Exchange) => void
  readonly #open = new Set<Http1Connection>()
  readonly #timer: NodeJS.Timeout

  constructor(limits: ListenerLimits, onExchange: (exchange: Exchange) => void) {
    this.#limits = limits
    this.#onExchange = onExchange
    this.#timer = setInterval(this.#look, checkInterval(limits))
    this.#timer.unref()
  }

  /** Serves a connection whose handshake is over. */
  serve(socket: TLSSocket): void {
    this.#open.add(
      new Http1Connection({ socket, limits: this.#limits, onExchange: this.#onExchange, onClosed: this.#closed }),
    )
  }

  readonly #closed = (connection: Http1Connection): void => void this.#open.delete(connection)

  readonly #look = (): void => {
    const now = performance.now()
    for (const connection of this.#open) connection.overdue(now)
  };

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
  }
}
