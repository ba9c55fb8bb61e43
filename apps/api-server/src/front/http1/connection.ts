import type { TLSSocket } from 'node:tls'
import { endBothSides, keepHalfOpen } from '@kubets/component'
import type { ListenerLimits } from '../listener-limits.ts'
import { Http1Exchange } from './exchange.ts'
import { type BodyLength, bodyLengthOf, checkHost, lists } from './framing.ts'
import { BadRequest, parseHead, type RequestHead } from './head.ts'
import { refusal } from './refusal.ts'
import { RequestBody } from './request-body.ts'
import { Unread } from './unread.ts'

/** What is read of a body, or of the next requests, before anybody asks for it. Beyond: the client waits. */
const readAhead = 64 * 1024
/** For the client to take our last answer and to end its side, ms. Upstream's figure. */
const lingering = 500
/** For a request's body, from the request's begin, ms. */
const bodyTimeout = 300_000

const headEnd = '\r\n\r\n'
const cr = 0x0d
const lf = 0x0a

export interface Http1ConnectionOptions {
  readonly socket: TLSSocket
  readonly limits: ListenerLimits
  onExchange(exchange: Http1Exchange): void
}

/**
 * One connection of HTTP/1.1: its requests, one after the other. The next one is looked at when the answer to the one before is sent; what a client sends meanwhile
 * waits, most of it in the client. `docs/decisions/http.md` tells why this is not Node's.
 */
export class Http1Connection {
  readonly socket: TLSSocket
  readonly #limits: ListenerLimits
  readonly #onExchange: (exchange: Http1Exchange) => void
  readonly #unread = new Unread()
  /** Of them, so many have no end of a head in them. */
  #searched = 0
  #exchange: Http1Exchange | undefined
  /** The body of its request, where that did not come with its head. */
  #body: RequestBody | undefined
  /** No request comes behind the present one. */
  #last = false
  /** What comes is nobody's. */
  #ended = false
  #paused = false
  /** Since when it is in its present state, ms; see {@link overdue}. */
  #since = performance.now()
  /** The next request has not begun. */
  #fresh = true
  /** There has been a request. */
  #asked = false

  constructor({ socket, limits, onExchange }: Http1ConnectionOptions) {
    this.socket = socket
    this.#limits = limits
    this.#onExchange = onExchange
    socket.on('data', this.#received)
    socket.on('end', this.#peerEnded)
    socket.on('close', this.#closed)
  }

  // --- what comes ---

  readonly #received = (chunk: Buffer): void => {
    if (this.#ended) return
    const body = this.#body
    if (body === undefined) this.#unread.add(chunk)
    else {
      const taken = this.#feed(body, chunk)
      if (taken < chunk.length) this.#unread.add(chunk.subarray(taken))
    }
    if (this.#ended) return
    if (this.#exchange === undefined) this.#next()
    else if (this.#unread.length + (this.#body?.held ?? 0) > readAhead) this.#pause()
  }

  /** Gives a body what is its own, and says how much that was. */
  #feed(body: RequestBody, bytes: Buffer): number {
    try {
      const taken = body.take(bytes)
      if (body.complete) this.#body = undefined
      return taken
    } catch (error) {
      this.#refuse(error)
      return bytes.length
    }
  }

  /** Begins the next request, if its head is there. */
  #next(): void {
    if (this.#fresh && this.#unread.length > 0) {
      this.#fresh = false
      this.#since = performance.now()
    }
    let exchange: Http1Exchange | undefined
    try {
      const head = this.#head()
      if (head === undefined) return
      exchange = this.#begin(head)
    } catch (error) {
      this.#refuse(error)
      return
    }
    this.#onExchange(exchange)
  }

  #head(): RequestHead | undefined {
    const { headerBytes, headerCount } = this.#limits
    if (this.#searched === 0) this.#unread.take(emptyLines(this.#unread.bytes))
    const { bytes } = this.#unread
    const end = bytes.indexOf(headEnd, Math.max(0, this.#searched - headEnd.length + 1), 'latin1')
    if ((end === -1 ? bytes.length : end) > headerBytes) throw new BadRequest(431, 'too long a head')
    if (end === -1) {
      this.#searched = bytes.length
      return undefined
    }
    this.#searched = 0
    const text = bytes.toString('latin1', 0, end)
    this.#unread.take(end + headEnd.length)
    return parseHead(text, headerCount)
  }

  #begin(head: RequestHead): Http1Exchange {
    checkHost(head)
    const length = bodyLengthOf(head)
    const { connection, expect } = head.headers
    this.#last = head.minor === 1 ? lists(connection, 'close') : !lists(connection, 'keep-alive')
    if (expect !== undefined && expect.toLowerCase() !== '100-continue')
      throw new BadRequest(417, 'unknown expectation')
    this.#since = performance.now()
    this.#asked = true
    const exchange = new Http1Exchange(this, head, this.#bodyOf(length))
    this.#exchange = exchange
    return exchange
  }

  /** Most come whole with their head. */
  #bodyOf(length: BodyLength): Buffer | RequestBody {
    const there = this.#unread.length
    if (typeof length === 'number' && length <= there) return this.#unread.take(length)
    const body = new RequestBody(length)
    const bytes = this.#unread.take(there)
    const taken = body.take(bytes)
    if (taken < there) this.#unread.add(bytes.subarray(taken))
    if (!body.complete) this.#body = body
    return body
  }

  /** Of what cannot be understood nothing is answered, and nothing behind it is read. */
  #refuse(error: unknown): void {
    const exchange = this.#exchange
    if (exchange?.responded) {
      this.cut()
      return
    }
    const { status } = error instanceof BadRequest ? error : { status: 500 }
    this.#last = true
    this.socket.write(refusal(status))
    this.#end()
    this.#over()
  }

  // --- what goes ---

  /** No request is taken behind the present one. */
  get last(): boolean {
    // what nobody has read of a body must not be taken for a request
    return this.#last || this.#body !== undefined
  }

  close(): void {
    this.#last = true
  }

  /** Somebody wants the body: what was held back of it may come. */
  goOn(): void {
    if (!this.#paused) return
    this.#paused = false
    this.socket.resume()
  }

  #pause(): void {
    this.#paused = true
    this.socket.pause()
  }

  /** To be called back when all of the present answer is sent. */
  readonly sent = (): void => {
    // told by the answer before, whose connection was taken or has ended
    if (this.#exchange === undefined || this.#ended) return
    if (this.last) {
      this.#end()
      this.#over()
      return
    }
    this.#over()
    this.#since = performance.now()
    this.#fresh = true
    if (this.#unread.length > 0) this.#next()
    if (this.#exchange === undefined || this.#unread.length <= readAhead) this.goOn()
  }

  /** The present request is over. */
  #over(): void {
    const exchange = this.#exchange
    if (exchange === undefined) return
    this.#exchange = undefined
    const body = this.#body
    this.#body = undefined
    body?.gone()
    exchange.over()
  }

  #end(): void {
    if (this.#ended) return
    this.#ended = true
    this.#unread.clear()
    endBothSides(this.socket, lingering)
  }

  /** The client sees that something is missing. */
  cut(): void {
    this.#ended = true
    this.socket.destroy()
  }

  /** The bare connection, with what came behind the request that asked for it. Its reader is another one from now on. */
  take(): Buffer {
    const { socket } = this
    this.#ended = true
    socket.off('data', this.#received)
    socket.off('end', this.#peerEnded)
    // as Node leaves it: it flows when somebody listens
    socket.pause()
    Object.assign(socket, { readableFlowing: null })
    keepHalfOpen(socket)
    return this.#unread.take(this.#unread.length)
  }

  // --- its end ---

  readonly #peerEnded = (): void => {
    const exchange = this.#exchange
    this.#last = true
    // whoever has asked for something, and says that this was all, hears the answer; of what happens from now on nobody wants to be told
    if (exchange === undefined || exchange.lasts || this.#body !== undefined) this.#end()
    this.#body?.gone()
  }

  readonly #closed = (): void => {
    this.#ended = true
    this.#unread.clear()
    this.#over()
  }

  /** Ends it if it has waited for its client for too long. `now`: as `performance.now()` tells it. */
  overdue(now: number): void {
    if (this.#ended) return
    const waited = now - this.#since
    const { idleTimeout, headersTimeout } = this.#limits
    if (this.#exchange !== undefined) {
      if (this.#body !== undefined && waited > bodyTimeout) this.#refuse(new BadRequest(408, 'the body takes too long'))
    } else if (this.#unread.length > 0) {
      if (waited > headersTimeout) this.#refuse(new BadRequest(408, 'the head takes too long'))
    } else if (waited > (this.#asked ? idleTimeout : headersTimeout)) this.#end()
  }
}

/** RFC 9112, 2.2: empty lines before a request are passed over. */
function emptyLines(bytes: Buffer): number {
  let at = 0
  while (bytes[at] === cr && bytes[at + 1] === lf) at += 2
  return at
}
