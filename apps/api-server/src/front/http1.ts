import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { keepHalfOpen } from '@kubets/component'
import { collect } from './collect.ts'
import { authenticated } from './connections.ts'
import type { BodyWriter, Exchange } from './exchange.ts'
import { headerValues } from './header-values.ts'
import { httpChunk } from './http1-chunk.ts'

/** Connections whose last answer is known. Node goes on to read requests from what it has received of them. */
const ending = new WeakSet<Socket>()
export const isEnding = (socket: Socket): boolean => ending.has(socket)

/** An {@link Exchange} over Node's HTTP/1.1 objects. */
export class Http1Exchange implements Exchange {
  readonly method: string
  readonly target: string
  readonly protocol = 'HTTP/1.1'
  readonly headers: IncomingMessage['headers']
  readonly connection: TLSSocket
  readonly #request: IncomingMessage
  readonly #response: ServerResponse
  /** What was set, until the answer begins: names (in lower case) and values in turn. Node's own table of headers costs several times as much. */
  #headers: (string | string[])[] | undefined = []
  readonly #upgrade: { socket: TLSSocket; head: Buffer } | undefined
  #taken = false
  bytesSent = 0
  onBegin: ((status: number) => void) | undefined

  constructor(request: IncomingMessage, response: ServerResponse, upgrade?: { socket: TLSSocket; head: Buffer }) {
    this.#upgrade = upgrade
    this.#request = request
    this.#response = response
    this.method = request.method ?? 'GET'
    this.target = request.url ?? '/'
    this.headers = request.headers
    this.connection = request.socket as TLSSocket
  }

  headerValues(name: string): string[] {
    return headerValues(this.#request.rawHeaders, name)
  }

  authenticated(user: string): void {
    authenticated(this.connection, user)
  }

  get responded(): boolean {
    return this.#taken || this.#response.headersSent
  }

  get closed(): boolean {
    return (!this.#taken && this.#response.destroyed) || this.connection.destroyed
  }

  get status(): number {
    return this.#taken ? 101 : this.responded ? this.#response.statusCode : 0
  }

  readBody(limit: number): Promise<Buffer> {
    if (this.#upgrade !== undefined) return Promise.resolve(Buffer.alloc(0))
    return collect(this.#request, limit, this.headers['content-length'])
  }

  /** Node's own objects, with the headers that were set so far. */
  get native(): { request: IncomingMessage; response: ServerResponse } {
    const [request, response, headers] = [this.#request, this.#response, this.#headers]
    if (headers !== undefined) {
      this.#headers = undefined
      for (let i = 0; i < headers.length; i += 2) response.setHeader(headers[i] as string, headers[i + 1] as string)
    }
    return { request, response }
  }

  setHeader(name: string, value: string | string[]): void {
    const headers = this.#headers
    if (headers === undefined) {
      this.#response.setHeader(name, value)
      return
    }
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
    if (headers === undefined) {
      const value = this.#response.getHeader(name)
      return typeof value === 'number' ? String(value) : value
    }
    const lower = name.toLowerCase()
    for (let i = 0; i < headers.length; i += 2) if (headers[i] === lower) return headers[i + 1]
    return undefined
  }

  respond(status: number, contentType: string, body: Uint8Array | string): void {
    const length = typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength
    this.bytesSent = length
    this.onBegin?.(status)
    if (contentType !== '') this.setHeader('content-type', contentType)
    if (status !== 204) this.setHeader('content-length', String(length))
    // a body that nobody read must not be taken for the next request
    if (!this.#request.complete) this.endConnection()
    this.#writeHead(status)
    this.#response.end(this.method === 'HEAD' ? undefined : body)
  }

  /** This answer is the last one of the connection. */
  endConnection(): void {
    ending.add(this.connection)
    this.setHeader('connection', 'close')
  }

  begin(status: number, contentType: string): BodyWriter {
    this.onBegin?.(status)
    if (contentType !== '') this.setHeader('content-type', contentType)
    this.#writeHead(status)
    this.#response.flushHeaders()
    return new Http1BodyWriter(this, this.#response)
  }

  beginEvents(status: number, contentType: string): BodyWriter {
    return this.begin(status, contentType)
  }

  #writeHead(status: number): void {
    const headers = this.#headers
    if (headers === undefined) this.#response.writeHead(status)
    else this.#response.writeHead(status, headers as string[])
    this.#headers = undefined
  }

  get canUpgrade(): boolean {
    return this.#upgrade !== undefined
  }

  takeConnection(): { socket: TLSSocket; head: Buffer } {
    if (this.#upgrade === undefined) throw new Error('the client did not ask for another protocol')
    const response = this.#response
    const { socket } = this.#upgrade
    this.#taken = true
    keepHalfOpen(socket)
    this.onBegin?.(101)
    response.detachSocket(socket)
    socket.once('close', () => response.emit('close'))
    return this.#upgrade
  }

  cut(): void {
    if (this.#taken) this.connection.destroy()
    else this.#response.destroy()
  }

  onClose(callback: () => void): void {
    // Node closes a response once: `once` would make a function for it and take it away again
    this.#response.on('close', callback)
  }
}

class Http1BodyWriter implements BodyWriter {
  readonly #exchange: Http1Exchange
  readonly #response: ServerResponse

  constructor(exchange: Http1Exchange, response: ServerResponse) {
    this.#exchange = exchange
    this.#response = response
    response.on('error', () => {}) // a client that is gone shows as 'close'
  }

  get closed(): boolean {
    return this.#response.destroyed || this.#response.writableEnded
  }

  get buffered(): number {
    return this.#response.writableLength
  }

  write(chunk: Uint8Array | string, sent?: () => void): boolean {
    if (this.closed) {
      sent?.()
      return true
    }
    this.#exchange.bytesSent += chunk.length
    if (sent !== undefined) return this.#response.write(chunk, () => sent())
    const socket = typeof chunk === 'string' || chunk.length === 0 ? undefined : this.#bareSocket()
    return socket === undefined ? this.#response.write(chunk) : socket.write(httpChunk(chunk as Uint8Array))
  }

  writeFramed(memory: Buffer, from: number, to: number, sent: () => void): boolean {
    const socket = this.closed ? undefined : this.#bareSocket()
    // Node would write head, body and end, three parts, which TLS copies together
    if (socket === undefined) return this.write(memory.subarray(from, to), sent)
    this.#exchange.bytesSent += to - from
    const head = `${(to - from).toString(16)}\r\n`
    const start = from - head.length
    memory.write(head, start, 'latin1')
    memory.write('\r\n', to, 'latin1')
    return socket.write(memory.subarray(start, to + 2), () => sent())
  }

  /** Where chunks can be written that are framed already: nothing waits in the response itself. */
  #bareSocket(): Socket | undefined {
    const response = this.#response
    const { socket } = response
    if (socket === null || !response.chunkedEncoding || this.#exchange.method === 'HEAD') return undefined
    return response.writableLength === socket.writableLength ? socket : undefined
  }

  drained(): Promise<void> {
    return new Promise(resolve => {
      const response = this.#response
      const { socket } = response
      const waits = response.writableNeedDrain ? response : socket?.writableNeedDrain ? socket : undefined
      if (this.closed || waits === undefined) return resolve()
      const done = () => {
        waits.off('drain', done)
        response.off('close', done)
        resolve()
      }
      waits.once('drain', done)
      response.once('close', done)
    })
  }

  end(): void {
    if (!this.closed) this.#response.end()
  }
}
