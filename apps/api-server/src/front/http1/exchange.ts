import type { IncomingHttpHeaders } from 'node:http'
import type { TLSSocket } from 'node:tls'
import { authenticated } from '../connections.ts'
import { BodyTooLargeError, type BodyWriter, type Exchange, type Takeover } from '../exchange.ts'
import { headerValues } from '../header-values.ts'
import { dateLine, headerLine, statusLine } from './answer-head.ts'
import { Http1BodyWriter } from './body-writer.ts'
import type { Http1Connection } from './connection.ts'
import { lists } from './framing.ts'
import type { RequestHead } from './head.ts'
import type { RequestBody } from './request-body.ts'
import { scratch } from './scratch.ts'
import { upgradeRequest } from './upgrade-request.ts'

const nothing = Buffer.alloc(0)
const goOnSending = 'HTTP/1.1 100 Continue\r\n\r\n'

/** An {@link Exchange} over a connection of HTTP/1.1. */
export class Http1Exchange implements Exchange {
  readonly protocol = 'HTTP/1.1'
  readonly method: string
  readonly target: string
  readonly headers: IncomingHttpHeaders
  readonly #connection: Http1Connection
  readonly #head: RequestHead
  readonly #bodiless: boolean
  #body: Buffer | RequestBody
  /** What was set: names in lower case and values in turn. */
  readonly #headers: (string | string[])[] = []
  #writer: Http1BodyWriter | undefined
  /** The client waits for a sign before it sends the body. */
  #expecting: boolean
  #over = false
  #onClose: (() => void)[] | (() => void) | undefined
  /** Its answer tells what happens from now on. */
  lasts = false
  status = 0
  bytesSent = 0
  onBegin: ((status: number) => void) | undefined
  /** Called by its connection when the client has ended its side. */
  hungUp: (() => void) | undefined

  constructor(connection: Http1Connection, head: RequestHead, body: Buffer | RequestBody) {
    this.#connection = connection
    this.#head = head
    this.#body = body
    this.#bodiless = body instanceof Uint8Array && body.length === 0
    this.#expecting = head.minor === 1 && !this.#bodiless && Boolean(head.headers.expect)
    this.method = head.method
    this.target = head.target
    this.headers = head.headers
  }

  get connection(): TLSSocket {
    return this.#connection.socket
  }

  headerValues(name: string): string[] {
    return headerValues(this.#head.raw, name)
  }

  authenticated(user: string): void {
    authenticated(this.connection, user)
  }

  get responded(): boolean {
    return this.status !== 0
  }

  get closed(): boolean {
    return this.#over || this.connection.destroyed
  }

  readBody(limit: number): Promise<Buffer> {
    const body = this.#body
    this.#body = nothing
    if (this.#expecting && !(body.length !== undefined && body.length > limit)) {
      this.#expecting = false
      if (!this.closed) this.connection.write(goOnSending)
    }
    if (body instanceof Uint8Array) return limited(body, limit)
    this.#connection.resume()
    return body.read(limit)
  }

  setHeader(name: string, value: string | string[]): void {
    const headers = this.#headers
    const lower = name.toLowerCase()
    for (let i = 0; i < headers.length; i += 2) {
      if (headers[i] !== lower) continue
      headers[i + 1] = value
      return
    }
    headers.push(lower, value)
  }

  getHeader(name: string): string | string[] | undefined {
    const headers = this.#headers
    const lower = name.toLowerCase()
    for (let i = 0; i < headers.length; i += 2) if (headers[i] === lower) return headers[i + 1]
    return undefined
  }

  respond(status: number, contentType: string, body: Uint8Array | string): void {
    if (this.responded) throw new Error('the answer has begun')
    if (this.closed) return
    const length = typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength
    this.bytesSent = length
    const bodiless = hasNoBody(status)
    // whoever answers a HEAD may know it better
    const said =
      bodiless || (this.method === 'HEAD' && this.getHeader('content-length') !== undefined) ? undefined : length
    const head = this.#answerHead(status, contentType, said)
    const { socket, sent } = this.#connection
    if (bodiless || length === 0 || this.method === 'HEAD') {
      socket.write(`${head}\r\n\r\n`, 'latin1', sent)
      return
    }
    const bytes = scratch(socket, head.length + 4 + length)
    if (bytes === undefined) {
      // copied into TLS's records anyway
      socket.write(`${head}\r\n\r\n`, 'latin1')
      socket.write(body, sent)
      return
    }
    bytes.write(head, 0, 'latin1')
    bytes.write('\r\n\r\n', head.length, 'latin1')
    if (typeof body === 'string') bytes.write(body, head.length + 4)
    else bytes.set(body, head.length + 4)
    socket.write(bytes, sent)
  }

  begin(status: number, contentType: string): BodyWriter {
    if (this.responded) throw new Error('the answer has begun')
    const length = this.getHeader('content-length')
    const unknown = length === undefined && !hasNoBody(status)
    const chunked = unknown && this.#head.minor === 1
    // of an older client's answer the end shows by the connection's
    if (unknown && !chunked) this.#connection.close()
    const head = this.#answerHead(status, contentType, undefined)
    if (!this.closed)
      this.connection.write(`${head}${chunked ? '\r\nTransfer-Encoding: chunked' : ''}\r\n\r\n`, 'latin1')
    const framing = chunked ? 'chunked' : Number(length ?? Number.NaN)
    const writer = new Http1BodyWriter(this, this.#connection, framing, this.method === 'HEAD' || hasNoBody(status))
    this.#writer = writer
    return writer
  }

  beginEvents(status: number, contentType: string): BodyWriter {
    this.lasts = true
    this.#connection.resume()
    return this.begin(status, contentType)
  }

  /** All but the empty line behind it. */
  #answerHead(status: number, contentType: string, length: number | undefined): string {
    this.onBegin?.(status)
    this.status = status
    const connection = this.#connection
    const { minor } = this.#head
    let head = statusLine(minor, status)
    const headers = this.#headers
    for (let i = 0; i < headers.length; i += 2) {
      const name = headers[i] as string
      const value = headers[i + 1] as string | string[]
      if (name === 'connection' || name === 'transfer-encoding' || name === 'keep-alive') continue
      if (name === 'content-type' && contentType !== '') continue
      if (name === 'content-length' && length !== undefined) continue
      if (typeof value === 'string') head += headerLine(name, value)
      else for (const one of value) head += headerLine(name, one)
    }
    if (contentType !== '') head += headerLine('content-type', contentType)
    head += dateLine()
    if (length !== undefined) head += headerLine('content-length', String(length))
    const last = connection.settle(this.#expecting)
    // what the older version does, unless it is told
    if (last && minor === 1) head += '\r\nConnection: close'
    else if (!last && minor === 0) head += '\r\nConnection: keep-alive'
    return head
  }

  get canUpgrade(): boolean {
    const { connection, upgrade } = this.headers
    return upgrade !== undefined && this.#head.minor === 1 && this.#bodiless && lists(connection, 'upgrade')
  }

  takeConnection(): Takeover {
    if (!this.canUpgrade) throw new Error('the client did not ask for another protocol')
    this.status = 101
    this.onBegin?.(101)
    const head = this.#connection.take()
    return { request: upgradeRequest(this.#head, this.connection), socket: this.connection, head }
  }

  cut(): void {
    // its connection may be another exchange's by now
    if (!this.#over) this.#connection.cut()
  }

  onClose(callback: () => void): void {
    const before = this.#onClose
    if (this.#over) queueMicrotask(callback)
    else if (before === undefined) this.#onClose = callback
    else if (typeof before === 'function') this.#onClose = [before, callback]
    else before.push(callback)
  }

  onHangUp(callback: () => void): void {
    this.hungUp = callback
    if (this.#connection.hungUp) queueMicrotask(callback)
  }

  /** Called by its connection, once: the answer is sent, or never will be. */
  over(): void {
    this.#over = true
    const callbacks = this.#onClose
    this.#onClose = undefined
    if (typeof callbacks === 'function') callbacks()
    else for (const callback of callbacks ?? []) callback()
    this.#writer?.over()
  }
}

/** Whatever its headers say (RFC 9112, 6.3): bytes behind its head would be taken for the next answer. */
const hasNoBody = (status: number) => status === 204 || status === 304

function limited(body: Buffer, limit: number): Promise<Buffer> {
  return body.length > limit ? Promise.reject(new BodyTooLargeError(limit)) : Promise.resolve(body)
}
