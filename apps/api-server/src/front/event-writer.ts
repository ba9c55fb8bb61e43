import type { ServerHttp2Stream } from 'node:http2'
import type { BodyWriter } from './exchange.ts'
import type { StreamHandle, WriteRequest } from './stream-handle.ts'

/** More than this under way: whoever can wait should. */
const highWater = 64 * 1024
const nothing = Buffer.alloc(0)

/** One whose end is told. What was written before it is sent by then, too. */
interface ToldWrite extends WriteRequest {
  writer: EventWriter
  bytes: number
  sent: (() => void) | undefined
}

/** The body of an answer that thousands of others are written beside: `stream-handle.ts` tells how. */
export class EventWriter implements BodyWriter {
  readonly #native: StreamHandle['native']
  readonly #Request: StreamHandle['Request']
  #ended = false
  bytesSent = 0
  /** Bytes of which it is not known that they are sent. */
  #unsent = 0
  /** The last of them, of which nothing will be told: less than {@link highWater}. */
  #untold = 0
  readonly #stream: ServerHttp2Stream
  #waiting: (() => void)[] | undefined
  #hearsOfEnd = false

  constructor(stream: ServerHttp2Stream, { native, Request }: StreamHandle) {
    this.#stream = stream
    this.#native = native
    this.#Request = Request
  }

  get closed(): boolean {
    return this.#ended || this.#stream.closed || this.#stream.destroyed || this.#stream.writableEnded
  }

  get buffered(): number {
    return this.#unsent
  }

  write(chunk: Uint8Array | string, sent?: () => void): boolean {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
    if (this.#ended || bytes.length === 0) {
      sent?.()
      return true
    }
    const request = new this.#Request()
    request.buffer = bytes
    this.#untold += bytes.length
    if (this.#untold >= highWater || sent !== undefined) this.#tell(request as ToldWrite, sent)
    if (this.#native.writeBuffer(request, bytes) !== 0) {
      // nobody reads it
      sent?.()
      return true
    }
    this.bytesSent += bytes.length
    this.#unsent += bytes.length
    return this.#unsent < highWater
  }

  #tell(request: ToldWrite, sent: (() => void) | undefined): void {
    request.writer = this
    request.bytes = this.#untold
    request.sent = sent
    request.oncomplete = told
    this.#untold = 0
  }

  /** Called by {@link told}. */
  told({ bytes, sent }: ToldWrite): void {
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
    const last = new this.#Request()
    last.buffer = nothing
    this.#tell(last as ToldWrite, () => void setImmediate(end, stream))
    this.#native.writeBuffer(last, nothing)
  }
}

function end(stream: ServerHttp2Stream): void {
  if (!stream.destroyed) stream.end()
}

function told(this: WriteRequest): void {
  const write = this as ToldWrite
  write.writer.told(write)
}
