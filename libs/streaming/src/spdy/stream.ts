import { Duplex } from 'node:stream'
import type { SpdyHeaders } from './header-block.ts'

/** What a stream holds for its reader before the whole connection stops reading: SPDY as Go speaks it has no window to close. */
const readBuffer = 256 * 1024

/** How long data that had arrived whole may wait for its reader after the connection has gone. */
const drainTime = 30_000

/** What a stream asks of its connection. */
export interface StreamCarrier {
  writeData(streamId: number, chunks: readonly Buffer[], fin: boolean, callback: (error?: Error | null) => void): void
  /** The stream's reader wants more. */
  readable(stream: SpdyStream): void
  /** The stream is gone on this side; `reset`: tell the peer. */
  forget(stream: SpdyStream, reset: boolean): void
}

/** One stream of a SPDY connection. Half-close is FIN in either direction; `destroy` before that is RST_STREAM. */
export class SpdyStream extends Duplex {
  readonly id: number
  readonly headers: SpdyHeaders
  /** Set for streams whose data may be dropped without telling the peer when the reader has had enough (standard input). */
  quietlyDiscarded = false
  /** The peer has sent FIN. */
  remoteEnded = false
  resetByPeer = false
  readonly #carrier: StreamCarrier
  #localEnded = false
  #connected = true

  constructor(carrier: StreamCarrier, id: number, headers: SpdyHeaders) {
    super({ allowHalfOpen: true, readableHighWaterMark: readBuffer, writableHighWaterMark: 64 * 1024 })
    this.#carrier = carrier
    this.id = id
    this.headers = headers
    // a reset by the peer is an event like any other; who cares listens too
    this.on('error', () => undefined)
  }

  /** Data from the peer; false when the reader is behind. */
  receive(chunk: Buffer): boolean {
    return this.destroyed || this.push(chunk)
  }

  /** FIN from the peer. */
  receiveEnd(): void {
    if (this.remoteEnded) return
    this.remoteEnded = true
    if (!this.destroyed) this.push(null)
  }

  /**
   * RST_STREAM from the peer. After our own FIN it is how kubectl's port-forward says that it is done, so the reader sees an ordinary end;
   * before, the stream breaks.
   */
  receiveReset(): void {
    this.resetByPeer = true
    if (this.#localEnded) this.receiveEnd()
    this.disconnected(new Error('the peer has reset the stream'))
  }

  /** The connection is gone. What had arrived whole is still delivered, within {@link drainTime}. */
  disconnected(reason: Error): void {
    this.#connected = false
    if (!this.remoteEnded || this.readableEnded) {
      this.destroy(reason)
      return
    }
    const timer = setTimeout(() => this.destroy(reason), drainTime)
    timer.unref()
    this.once('close', () => clearTimeout(timer))
    this.once('end', () => (this.#localEnded ? this.destroy() : this.destroy(reason)))
  }

  override _read(): void {
    this.#carrier.readable(this)
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    this.#send([chunk], callback)
  }

  override _writev(chunks: { chunk: Buffer }[], callback: (error?: Error | null) => void): void {
    this.#send(
      chunks.map(({ chunk }) => chunk),
      callback,
    )
  }

  override _final(callback: (error?: Error | null) => void): void {
    this.#localEnded = true
    if (!this.#connected) {
      callback()
      return
    }
    this.#carrier.writeData(this.id, [], true, callback)
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    const whole = this.remoteEnded && this.#localEnded
    this.#carrier.forget(this, this.#connected && !whole && !this.quietlyDiscarded)
    callback(error)
  }

  #send(chunks: readonly Buffer[], callback: (error?: Error | null) => void): void {
    if (!this.#connected) {
      callback(new Error('the SPDY connection is closed'))
      return
    }
    this.#carrier.writeData(this.id, chunks, false, callback)
  }
}
