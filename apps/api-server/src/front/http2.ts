import {
  constants,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
  sensitiveHeaders,
} from 'node:http2'
import type { TLSSocket } from 'node:tls'
import { collect } from './collect.ts'
import { authenticated } from './connections.ts'
import { EventWriter } from './event-writer.ts'
import type { BodyWriter, Exchange } from './exchange.ts'
import { headerValues } from './header-values.ts'
import type { StreamHandles } from './stream-handle.ts'

/** Different in every answer: kept out of HPACK's table, which they would only flush. */
const neverIndexed = ['audit-id']

/** An {@link Exchange} over Node's HTTP/2 stream API (the compatibility API costs half the rate). */
export class Http2Exchange implements Exchange {
  readonly method: string
  readonly target: string
  readonly protocol = 'HTTP/2.0'
  readonly headers: IncomingHttpHeaders
  readonly canUpgrade = false
  readonly #stream: ServerHttp2Stream
  readonly #rawHeaders: readonly string[]
  readonly #handles: StreamHandles
  readonly #outgoing: OutgoingHttpHeaders = {}
  #length = 0
  #writer: { readonly bytesSent: number } | undefined
  status = 0
  onBegin: ((status: number) => void) | undefined

  constructor(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    rawHeaders: readonly string[],
    handles: StreamHandles,
  ) {
    this.#stream = stream
    this.#handles = handles
    this.#rawHeaders = rawHeaders
    this.headers = headers
    this.method = headers[':method'] ?? 'GET'
    this.target = headers[':path'] ?? '/'
    stream.on('error', () => {}) // a reset by the client shows as 'close'
  }

  headerValues(name: string): string[] {
    return headerValues(this.#rawHeaders, name)
  }

  get connection(): TLSSocket {
    return this.#stream.session?.socket as TLSSocket
  }

  authenticated(user: string): void {
    authenticated(this.#stream.session as ServerHttp2Session | undefined, user)
  }

  get responded(): boolean {
    return this.#stream.headersSent
  }

  get closed(): boolean {
    return this.#stream.closed || this.#stream.destroyed
  }

  readBody(limit: number): Promise<Buffer> {
    return collect(this.#stream, limit, this.headers['content-length'])
  }

  setHeader(name: string, value: string | string[]): void {
    this.#outgoing[name.toLowerCase()] = value
  }

  getHeader(name: string): string | string[] | undefined {
    return this.#outgoing[name.toLowerCase()] as string | string[] | undefined
  }

  get bytesSent(): number {
    return this.#writer?.bytesSent ?? this.#length
  }

  respond(status: number, contentType: string, body: Uint8Array | string): void {
    if (this.closed) return
    const length = typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength
    this.#length = length
    const noBody = length === 0 || this.method === 'HEAD'
    this.#head(status, contentType, status === 204 ? undefined : length, noBody)
    if (!noBody) this.#stream.end(body)
    this.#dropUnreadBody()
  }

  begin(status: number, contentType: string): BodyWriter {
    if (!this.closed) this.#head(status, contentType, undefined, false)
    this.#dropUnreadBody()
    const writer = new Http2BodyWriter(this.#stream)
    this.#writer = writer
    return writer
  }

  beginEvents(status: number, contentType: string): BodyWriter {
    const begun = !this.closed
    if (begun) this.#head(status, contentType, undefined, false)
    this.#dropUnreadBody()
    const stream = this.#stream
    // an answer to HEAD is over by now
    const handle = begun && !stream.writableEnded ? this.#handles.of(stream) : undefined
    const writer = handle === undefined ? new Http2BodyWriter(stream) : new EventWriter(stream, handle)
    this.#writer = writer
    return writer
  }

  cut(): void {
    this.#stream.close(constants.NGHTTP2_INTERNAL_ERROR)
  }

  takeConnection(): never {
    throw new Error('a stream of HTTP/2 shares its connection')
  }

  onClose(callback: () => void): void {
    this.#stream.once('close', callback)
  }

  onHangUp(): void {}

  #head(status: number, contentType: string, length: number | undefined, endStream: boolean): void {
    this.status = status
    this.onBegin?.(status)
    const headers: OutgoingHttpHeaders = { ':status': status, ...this.#outgoing, [sensitiveHeaders]: neverIndexed }
    if (contentType !== '') headers['content-type'] = contentType
    if (length !== undefined) headers['content-length'] = length
    this.#stream.respond(headers, { endStream })
  }

  /** What the client still sends would fill the connection's window for its other streams. */
  #dropUnreadBody(): void {
    const stream = this.#stream
    if (stream.readableEnded || stream.endAfterHeaders) return
    stream.once('finish', () => {
      if (!stream.closed && !stream.readableEnded) stream.close(constants.NGHTTP2_NO_ERROR)
    })
    stream.removeAllListeners('data')
    stream.resume()
  }
}

class Http2BodyWriter implements BodyWriter {
  readonly #stream: ServerHttp2Stream
  bytesSent = 0

  constructor(stream: ServerHttp2Stream) {
    this.#stream = stream
  }

  get closed(): boolean {
    return this.#stream.closed || this.#stream.destroyed || this.#stream.writableEnded
  }

  get buffered(): number {
    return this.#stream.writableLength
  }

  write(chunk: Uint8Array | string, sent?: () => void): boolean {
    if (this.closed) {
      sent?.()
      return true
    }
    this.bytesSent += chunk.length
    return sent === undefined ? this.#stream.write(chunk) : this.#stream.write(chunk, () => sent())
  }

  drained(): Promise<void> {
    return new Promise(resolve => {
      if (this.closed || !this.#stream.writableNeedDrain) return resolve()
      const done = () => {
        this.#stream.off('drain', done)
        this.#stream.off('close', done)
        resolve()
      }
      this.#stream.once('drain', done)
      this.#stream.once('close', done)
    })
  }

  end(): void {
    if (!this.closed) this.#stream.end()
  }
}
