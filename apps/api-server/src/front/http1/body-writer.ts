import type { TLSSocket } from 'node:tls'
import type { BodyWriter } from '../exchange.ts'
import type { Http1Connection } from './connection.ts'
import type { Http1Exchange } from './exchange.ts'
import { httpChunk } from './http-chunk.ts'

const lastChunk = '0\r\n\r\n'
const nothing = Buffer.alloc(0)

/** The body of an answer whose length nobody knows yet. */
export class Http1BodyWriter implements BodyWriter {
  readonly #exchange: Http1Exchange
  readonly #connection: Http1Connection
  readonly #socket: TLSSocket
  readonly #framing: 'chunked' | number
  readonly #bodiless: boolean
  #ended = false
  #waiting: (() => void)[] | undefined

  /**
   * `framing`: in chunks, so that its end shows; or of a length that the client has been told; NaN: none, and its end is the connection's. `bodiless`: there are
   * only headers, and what is written is dropped.
   */
  constructor(exchange: Http1Exchange, connection: Http1Connection, framing: 'chunked' | number, bodiless: boolean) {
    this.#exchange = exchange
    this.#connection = connection
    this.#socket = connection.socket
    this.#framing = framing
    this.#bodiless = bodiless
  }

  get closed(): boolean {
    return this.#ended || this.#exchange.closed || this.#socket.writableEnded
  }

  get buffered(): number {
    return this.#socket.writableLength
  }

  write(chunk: Uint8Array | string, sent?: () => void): boolean {
    if (this.closed || chunk.length === 0 || this.#bodiless) {
      sent?.()
      return true
    }
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
    this.#exchange.bytesSent += bytes.length
    return this.#write(this.#framing === 'chunked' ? httpChunk(bytes) : bytes, sent)
  }

  #write(bytes: Uint8Array, sent: (() => void) | undefined): boolean {
    return sent === undefined ? this.#socket.write(bytes) : this.#socket.write(bytes, () => sent())
  }

  writeFramed(memory: Buffer, from: number, to: number, sent: () => void): boolean {
    if (this.closed || this.#bodiless || from === to || this.#framing !== 'chunked')
      return this.write(memory.subarray(from, to), sent)
    this.#exchange.bytesSent += to - from
    const head = `${(to - from).toString(16)}\r\n`
    const start = from - head.length
    memory.write(head, start, 'latin1')
    memory.write('\r\n', to, 'latin1')
    return this.#write(memory.subarray(start, to + 2), sent)
  }

  drained(): Promise<void> {
    return new Promise(resolve => {
      if (this.closed || !this.#socket.writableNeedDrain) return resolve()
      if (this.#waiting === undefined) {
        this.#waiting = []
        this.#socket.once('drain', this.#goOn)
      }
      this.#waiting.push(resolve)
    })
  }

  readonly #goOn = (): void => {
    const waiting = this.#waiting
    this.#waiting = undefined
    for (const go of waiting ?? []) go()
  }

  /** The exchange is: nobody need wait any more. */
  over(): void {
    this.#socket.off('drain', this.#goOn)
    this.#goOn()
  }

  end(): void {
    if (this.closed) return
    this.#ended = true
    const { sent } = this.#connection
    if (this.#framing === 'chunked' && !this.#bodiless) this.#socket.write(lastChunk, 'latin1', sent)
    // a client that was promised more, or less, must not take the next answer for it
    else if (this.#bodiless || Number.isNaN(this.#framing) || this.#framing === this.#exchange.bytesSent)
      this.#socket.write(nothing, sent)
    else this.#connection.cut()
  }
}
