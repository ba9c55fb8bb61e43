import type { TLSSocket } from 'node:tls'
import { type NativeSocket, nativeOf, nodeStreams, type WriteRequest } from './node-streams.ts'

const over = -1

/** Writes below Node's stream, where Node is known, which takes one write at a time. */
export class SocketWriter {
  readonly #socket: TLSSocket
  readonly #native: NativeSocket | undefined
  #last: WriteRequest | undefined

  /** Of a socket whose handshake is over, and that nobody else writes to. */
  constructor(socket: TLSSocket) {
    this.#socket = socket
    this.#native = nativeOf(socket)
  }

  write(bytes: Buffer): void {
    const native = this.#native
    if (native === undefined || nodeStreams === undefined) this.#socket.write(bytes)
    else if (this.#last === undefined || this.#last.getAsyncId() === over) {
      this.#last = new nodeStreams.WriteRequest()
      const status = native.writeBuffer(this.#last, bytes)
      if (status !== 0) this.#fail(status)
    } else this.#last.oncomplete = status => this.#next(status, bytes)
  }

  /** The write before is over: its request was answered before all of it was sent. */
  #next(status: number, bytes: Buffer): void {
    this.#last = undefined
    if (status < 0) this.#fail(status)
    else this.write(bytes)
  }

  #fail(status: number): void {
    this.#socket.destroy(new Error(`the connection takes no more: ${status}`))
  }
}
