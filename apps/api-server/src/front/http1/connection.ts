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
/** Of a body that nobody has read so much is dropped; for more of it a new connection is cheaper. Go's figure. */
const mostDropped = 256 * 1024
/** For the client to take our last answer and to end its side, ms. Go's figure. Longer where it is still sending. And for what it still sends of a request that is answered. */
const lingering = 500
/** For a request's body, from the request's begin, ms. */
const bodyTimeout = 300_000

/** Behind a POST, as Go. */
const mostEmptyLines = 2

const headEnd = '\r\n\r\n'
const cr = 0x0d
const lf = 0x0a

export interface Http1ConnectionOptions {
  readonly socket: TLSSocket
  readonly limits: ListenerLimits
  onExchange(exchange: Http1Exchange): void
  /** It is not there any more. */
  onClosed?(connection: Http1Connection): void
}

/**
 * One connection of HTTP/1.1: its requests, one after the other. The next one is looked at when the answer to the one before is sent; what a client sends meanwhile
 * waits, most of it in the client. `docs/decisions/http.md` tells why this is not Node's.
 */
export class Http1Connection {
  readonly socket: TLSSocket
  readonly #limits: ListenerLimits
  readonly #onExchange: (exchange: Http1Exchange) => void
  readonly #onClosed: ((connection: Http1Connection) => void) | undefined
  readonly #unread = new Unread()
  /** Of them, so many have no end of a head in them. */
  #searched = 0
  #exchange: Http1Exchange | undefined
  /** The answer to it is sent. */
  #answered = false
  /** The body of its request, as long as there is more of it to come. */
  #body: RequestBody | undefined
  /** Until the rest of it should have come, of which nothing is wanted. */
  #dropping: NodeJS.Timeout | undefined
  /** No request comes behind the present one. */
  #last = false
  /** The client sends nothing more. */
  #peerDone = false
  /** What comes is nobody's. */
  #ended = false
  #paused = false
  /** Since when it is in its present state, ms; see {@link overdue}. */
  #since = performance.now()
  /** The next request has not begun. */
  #fresh = true
  /** Whoever is refused has asked for the head of an answer. */
  #bodiless = false
  /** There has been a request. */
  #asked = false
  /** So many may come before the next one. */
  #emptyLines = 0

  constructor({ socket, limits, onExchange, onClosed }: Http1ConnectionOptions) {
    this.socket = socket
    this.#limits = limits
    this.#onExchange = onExchange
    this.#onClosed = onClosed
    socket.on('data', this.#received)
    socket.on('end', this.#peerEnded)
    socket.on('close', this.#closed)
    // while it waited for its turn
    if (socket.readableEnded) this.#peerEnded()
  }

  readonly #received = (chunk: Buffer): void => {
    if (this.#ended) return
    const body = this.#body
    if (body === undefined) this.#unread.add(chunk)
    else {
      const taken = body.take(chunk)
      if (taken < chunk.length) this.#unread.add(chunk.subarray(taken))
      if (body.complete) this.#body = undefined
      if (this.#answered) this.#goOn()
    }
    if (this.#exchange === undefined) this.#next()
    else if (this.#unread.length + (this.#body?.held ?? 0) > readAhead) this.#holdBack()
  }

  /** What a client sends behind a request that lasts is dropped: a client that has gone must be heard of, and of one that waits nothing is. */
  #holdBack(): void {
    if (this.#exchange?.lasts && this.#body === undefined) {
      this.#last = true
      this.#unread.clear()
    } else this.#pause()
  }

  /** Begins the next request, if its head is there. */
  #next(): void {
    if (this.#ended) return
    if (this.#fresh && this.#unread.length > 0) {
      this.#fresh = false
      this.#since = performance.now()
    }
    try {
      const head = this.#head()
      if (head !== undefined) this.#begin(head)
    } catch (error) {
      this.#refuse(error)
    }
  }

  #head(): RequestHead | undefined {
    const { headerBytes, headerCount } = this.#limits
    if (this.#emptyLines > 0 && this.#passEmptyLines()) return undefined
    const { bytes } = this.#unread
    const end = bytes.indexOf(headEnd, Math.max(0, this.#searched - headEnd.length + 1), 'latin1')
    if ((end === -1 ? bytes.length : end) > headerBytes) throw new BadRequest(431)
    if (end === -1) {
      if (this.#searched === 0 && isNoRequest(bytes)) throw new BadRequest(400)
      this.#searched = bytes.length
      return undefined
    }
    this.#searched = 0
    const text = bytes.toString('latin1', 0, end)
    this.#unread.take(end + headEnd.length)
    this.#bodiless = text.startsWith('HEAD ')
    return parseHead(text, headerCount)
  }

  /** Browsers of old sent some behind a POST. Whether more of one may come. */
  #passEmptyLines(): boolean {
    for (; this.#emptyLines > 0; this.#emptyLines--) {
      const { bytes } = this.#unread
      if (bytes[0] !== cr) break
      if (bytes.length === 1) return true
      if (bytes[1] !== lf) break
      this.#unread.take(2)
    }
    return this.#unread.length === 0
  }

  #begin(head: RequestHead): void {
    checkHost(head)
    const length = bodyLengthOf(head)
    const { connection, expect, upgrade } = head.headers
    this.#last =
      lists(connection, 'close') ||
      (head.minor === 0 && !lists(connection, 'keep-alive')) ||
      // a proxy before us may take it for a tunnel now, whatever the answer: nothing that comes through it unseen is a request
      (upgrade !== undefined && lists(connection, 'upgrade'))
    this.#since = performance.now()
    this.#asked = true
    this.#emptyLines = head.method === 'POST' ? mostEmptyLines : 0
    this.#answered = false
    const exchange = new Http1Exchange(this, head, this.#bodyOf(length))
    this.#exchange = exchange
    // nobody's but the server's own
    if (head.target === '*' && head.method === 'OPTIONS') exchange.respond(200, '', '')
    else if (expect !== undefined && !expectation.test(expect)) {
      this.#last = true
      exchange.respond(417, '', '')
    } else this.#onExchange(exchange)
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

  /** To what cannot be understood. Nothing behind it is read. */
  #refuse(error: unknown): void {
    if (this.#exchange?.responded) {
      this.cut()
      return
    }
    this.socket.write(refusal(error instanceof BadRequest ? error : new BadRequest(500), this.#bodiless))
    this.#end()
    this.#over()
  }

  /**
   * An answer begins: whether it is the connection's last one. What nobody has read of the request's body must not be taken for a request. `expecting`: the client may
   * send it, or not.
   */
  settle(expecting: boolean): boolean {
    const body = this.#body
    if (expecting || (body !== undefined && !body.drop(mostDropped))) this.#last = true
    return this.#last
  }

  /** The present answer is the connection's last one. */
  close(): void {
    this.#last = true
  }

  /** Somebody wants the body, or has to hear of the client's end: what was held back may come. */
  resume(): void {
    if (!this.#paused) return
    this.#paused = false
    this.socket.resume()
  }

  #pause(): void {
    this.#paused = true
    this.socket.pause()
  }

  /** To be called back when all of the present answer is sent. */
  readonly sent = (error?: Error | null): void => {
    // told by an answer whose connection was taken, or has ended, or ends now
    if (error || this.#exchange === undefined || this.#ended) return
    this.#answered = true
    this.#goOn()
    if (this.#exchange === undefined) this.#next()
    if (this.#exchange === undefined && this.#peerDone) this.#end()
  }

  /** The answer is sent: the next request may come, when all of this one has. */
  #goOn(): void {
    if (this.#last || this.#body?.failed) {
      this.#end()
      this.#over()
    } else if (this.#body === undefined) {
      this.#over()
      this.#since = performance.now()
      this.#fresh = true
      this.resume()
    } else {
      this.resume()
      this.#dropping ??= setTimeout(() => {
        this.#end()
        this.#over()
      }, lingering)
    }
  }

  /** The present request is over. */
  #over(): void {
    const exchange = this.#exchange
    if (exchange === undefined) return
    this.#exchange = undefined
    clearTimeout(this.#dropping)
    this.#dropping = undefined
    const body = this.#body
    this.#body = undefined
    body?.gone()
    exchange.over()
  }

  #end(): void {
    if (this.#ended) return
    this.#ended = true
    this.#unread.clear()
    // whoever is still sending reads our answer when it has sent all, or is refused
    if (this.#body === undefined) endBothSides(this.socket, lingering)
    else endBothSides(this.socket)
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
    // nobody would hear of its end any more: it has gone, as it has for Go
    if (this.#peerDone) socket.destroy()
    return this.#unread.take(this.#unread.length)
  }

  /** What came before is answered, unless the answer is to tell what happens from now on. */
  readonly #peerEnded = (): void => {
    this.#peerDone = true
    this.#body?.end()
    if (this.hungUp) this.#exchange?.hungUp?.()
    if (this.#exchange === undefined || this.#exchange.lasts) this.#end()
  }

  /** The client has ended its side, and nothing stands before that. */
  get hungUp(): boolean {
    return this.#peerDone && this.#unread.length === 0
  }

  readonly #closed = (): void => {
    this.#ended = true
    this.#unread.clear()
    this.#over()
    this.#onClosed?.(this)
  }

  /** Ends it if it has waited for its client for too long. `now`: as `performance.now()` tells it. */
  overdue(now: number): void {
    if (this.#ended) return
    const waited = now - this.#since
    const { idleTimeout, headersTimeout } = this.#limits
    if (this.#exchange !== undefined) {
      if (this.#body !== undefined && waited > bodyTimeout) this.#refuse(new BadRequest(408))
    } else if (this.#unread.length > 0) {
      if (waited > headersTimeout) this.#refuse(new BadRequest(408))
    } else if (waited > (this.#asked ? idleTimeout : headersTimeout)) this.#end()
  }
}

/** That the client is told when to send its body, as often as it says so; or nothing. */
const expectation = /^(?:100-continue(?:, *100-continue)*)?$/i

const noRequest = /^(?:[^!-~]|[^ ]{0,64}[\r\n])/

/** Shows before the head is whole: nobody need wait for more of it. */
const isNoRequest = (bytes: Buffer) => noRequest.test(bytes.toString('latin1', 0, 65))
