import type { ServerHttp2Stream } from 'node:http2'
import type { BodyWriter, SharedBody, SharedBytes } from './exchange.ts'
import type { StreamHandle, Told } from './stream-handle.ts'

/** More than this under way: whoever can wait should. */
const highWater = 64 * 1024
const nothing = Buffer.alloc(0)

/** So many bytes, of which it is told that they are sent: by then what was written before them is sent, too. */
class ToldBytes implements Told {
  readonly #writer: EventWriter
  readonly bytes: number
  readonly sent: (() => void) | undefined

  constructor(writer: EventWriter, bytes: number, sent: (() => void) | undefined) {
    this.#writer = writer
    this.bytes = bytes
    this.sent = sent
  }

  told(): void {
    this.#writer.told(this)
  }
}

/** The body of an answer that thousands of others are written beside: `stream-handle.ts` tells how. */
export class EventWriter implements BodyWriter, SharedBody {
  readonly handle: StreamHandle
  #ended = false
  #bytesSent = 0
  /** Bytes of which it is not known that they are sent. */
  #unsent = 0
  /** The last of them, of which nothing will be told: less than {@link highWater}. */
  #untold = 0
  readonly #stream: ServerHttp2Stream
  #waiting: (() => void)[] | undefined
  #hearsOfEnd = false
  /** What others are written, too, and where it stood when it was last counted. */
  #sharedBytes: SharedBytes | undefined
  #counted = 0

  constructor(stream: ServerHttp2Stream, handle: StreamHandle) {
    this.#stream = stream
    this.handle = handle
  }

  get shared(): SharedBody {
    return this
  }

  get bytesSent(): number {
    return this.#bytesSent + this.#uncounted
  }

  get closed(): boolean {
    return this.#ended || this.#stream.closed || this.#stream.destroyed || this.#stream.writableEnded
  }

  get buffered(): number {
    return this.#unsent + this.#uncounted
  }

  get #uncounted(): number {
    return this.#sharedBytes === undefined ? 0 : this.#sharedBytes.written - this.#counted
  }

  join(bytes: SharedBytes): void {
    this.#sharedBytes = bytes
    this.#counted = bytes.written
  }

  settle(): void {
    this.#count(this.#uncounted)
    this.#counted = this.#sharedBytes?.written ?? 0
  }

  leave(more: number): void {
    this.#count(this.#uncounted + more)
    this.#sharedBytes = undefined
  }

  /** They are under way. */
  #count(bytes: number): void {
    this.#bytesSent += bytes
    this.#unsent += bytes
    this.#untold += bytes
  }

  write(chunk: Uint8Array | string, sent?: () => void): boolean {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
    // the state of a stream is dear to look at for each event, and what is written to one that is closed goes nowhere
    if (this.#ended || bytes.length === 0 || (sent !== undefined && this.closed)) {
      sent?.()
      return true
    }
    this.#count(bytes.length)
    const telling = this.#untold >= highWater || sent !== undefined
    if (this.handle.write(bytes, telling ? this.#tellingOf(sent) : undefined))
      return this.#unsent < highWater || this.closed
    // nobody reads it
    sent?.()
    return true
  }

  #tellingOf(sent: (() => void) | undefined): ToldBytes {
    const told = new ToldBytes(this, this.#untold, sent)
    this.#untold = 0
    return told
  }

  /** Called by {@link ToldBytes}. */
  told({ bytes, sent }: ToldBytes): void {
    this.#unsent -= bytes
    sent?.()
    if (this.#unsent < highWater) this.#goOn()
  }

  readonly #goOn = (): void => {
    const waiting = this.#waiting
    this.#waiting = undefined
    for (const go of waiting ?? []) go()
  }

  drained(): Promise<void> {
    return new Promise(resolve => {
      if (this.closed || this.#unsent < highWater) return resolve()
      this.#waiting ??= []
      this.#waiting.push(resolve)
      if (this.#hearsOfEnd) return
      this.#hearsOfEnd = true
      this.#stream.once('close', this.#goOn)
    })
  }

  end(): void {
    if (this.closed) return
    this.#ended = true
    const stream = this.#stream
    if (this.#unsent === 0) {
      stream.end()
      return
    }
    // The stream knows nothing of what was written and would take itself for finished. As long as it is open nghttp2 asks for more behind the last
    // byte, and comes upon this; behind an end it would not.
    this.handle.write(
      nothing,
      this.#tellingOf(() => void setImmediate(end, stream)),
    )
  }
}

function end(stream: ServerHttp2Stream): void {
  if (!stream.destroyed) stream.end()
}
