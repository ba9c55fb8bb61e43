import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'

/**
 * A connection below TLS whose outgoing side a test holds back: as a machine that says its last words all at once and is gone. What the other side
 * writes in answer is refused.
 */
export class HeldWire extends Duplex {
  readonly #socket: Socket
  #held: Buffer[] | undefined

  constructor(socket: Socket) {
    super()
    this.#socket = socket
    socket.on('data', chunk => this.push(chunk))
    socket.on('end', () => this.push(null))
    socket.on('error', () => undefined)
    socket.on('close', () => this.destroy())
  }

  /** From now on nothing that is written goes out. */
  hold(): void {
    this.#held ??= []
  }

  /** How many writes are held: each is a record of TLS or several. */
  get held(): number {
    return this.#held?.length ?? 0
  }

  /** What is held goes out as one packet, and the connection is reset behind it. */
  resetBehind(): void {
    this.#socket.write(Buffer.concat(this.#held ?? []))
    this.#socket.resetAndDestroy()
  }

  /** Nothing more is read of what the other side sends. */
  deafen(): void {
    this.#socket.pause()
  }

  override _read(): void {}

  override _write(chunk: Buffer, _: BufferEncoding, done: () => void): void {
    if (this.#held === undefined) this.#socket.write(chunk)
    else this.#held.push(chunk)
    done()
  }

  override _final(done: () => void): void {
    if (this.#held === undefined) this.#socket.end()
    done()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket.destroy()
    done(error)
  }
}
