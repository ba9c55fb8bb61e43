import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  createSecureServer,
  type Http2SecureServer,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2'
import { type AddressInfo, createServer } from 'node:net'
import type { Duplex } from 'node:stream'
import type { TLSSocket, Server as TlsServer } from 'node:tls'
import {
  endAfterPeer,
  endBothSides,
  type Followed,
  guardReads,
  keepServerContext,
  type NamedPair,
  namedContexts,
  type TlsVersion,
} from '@kubets/component'
import type { KeyPair } from '@kubets/pki'
import { AcceptQueue } from './accept-queue.ts'
import { bind } from './bind.ts'
import { Closings } from './closings.ts'
import { type Connections, carry } from './connections.ts'
import type { Crowds } from './crowds.ts'
import type { Exchange } from './exchange.ts'
import { Http1Exchange, isEnding } from './http1.ts'
import { Http2Exchange } from './http2.ts'
import { checkInterval, type ListenerLimits, listenerLimits } from './listener-limits.ts'
import { isAnswering, isNext } from './one-at-a-time.ts'
import { Sessions } from './sessions.ts'
import { StreamHandles } from './stream-handle.ts'
import { Turns } from './turns.ts'

const http = process.getBuiltinModule('node:http')
const { STATUS_CODES } = http

export interface ListenerOptions {
  bindAddress: string
  /** 0 takes a free port. */
  port: number
  tls: { pair: Followed<KeyPair>; named?: readonly NamedPair[]; minVersion?: TlsVersion; ciphers?: string }
  /** PEM of the authorities whose client certificates may be believed; none: clients are not asked for one. */
  clientCa: readonly Followed<string>[]
  /** Default: {@link listenerLimits}. */
  limits?: Partial<ListenerLimits>
  /** The part of HTTP/2 requests after which the client is asked to connect anew (GOAWAY), so that load balancers spread clients. Default 0. */
  goawayChance?: number
  /** New certificates or authorities that TLS will not take: those before stay. */
  onTlsError(error: unknown): void
  /** Keeps their number within its bounds. */
  connections: Connections
  /** Told of each that comes or goes. */
  crowds?: Crowds | undefined
  onExchange(exchange: Exchange): void
}

export interface Listener extends AsyncDisposable {
  readonly port: number
}

/**
 * What one HTTP/2 connection may hold in our memory, in MB. client-go puts everything on one connection, and at Node's
 * 10 MB a single unread LIST makes it refuse the others (ENHANCE_YOUR_CALM). Bodies go out in 64 KB chunks under
 * back-pressure, so each stream holds one or two of them; at the bound new streams are refused until some have drained.
 */
const maxSessionMemory = 256

/** One TLS port for HTTP/1.1, HTTP/2 and upgrades. */
export async function listen(options: ListenerOptions): Promise<Listener> {
  const limits = { ...listenerLimits, ...options.limits }
  const goawayChance = options.goawayChance ?? 0
  const interval = checkInterval(limits)
  const sessions = new Sessions(limits.idleTimeout, interval)
  const handles = new StreamHandles()
  const sockets = new Set<Duplex>()
  const tls = { ...options.tls, clientCa: options.clientCa, failed: options.onTlsError }
  const { named = [] } = options.tls
  const { connections, crowds } = options
  const contexts = named.length === 0 ? undefined : namedContexts(named, tls, () => server as unknown as TlsServer)
  const server: Http2SecureServer = createSecureServer({
    ...(contexts === undefined ? {} : { SNICallback: contexts.choose }),
    requestCert: options.clientCa.length > 0,
    // a bearer token may stand in for the certificate: authentication decides, not the handshake
    rejectUnauthorized: false,
    allowHTTP1: true,
    handshakeTimeout: limits.handshakeTimeout,
    // asked for below, so that nothing behind such a request is served
    requireHostHeader: false,
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headersTimeout,
    keepAliveTimeout: limits.idleTimeout,
    connectionsCheckingInterval: interval,
    maxSessionMemory,
    maxHeaderListPairs: limits.headerCount,
    settings: {
      maxConcurrentStreams: limits.http2Streams,
      maxHeaderListSize: limits.headerBytes,
      initialWindowSize: 256 * 1024,
    },
    // an upgraded connection keeps its two directions apart: half-close is the proxies' business
    allowHalfOpen: true,
  } as Parameters<typeof createSecureServer>[0])
  keepServerContext(server as unknown as TlsServer, tls)
  // one more than there may be shows that there are too many
  Object.assign(server, { maxHeadersCount: limits.headerCount + 1 })
  // The first 'request' listener would switch HTTP/2's compatibility layer on for every stream: HTTP/1.1 shall have the event alone.
  server.removeAllListeners('newListener')
  const take = (request: IncomingMessage, exchange: Http1Exchange) => {
    // behind an answer that ends the connection: it came in the same packet, and nobody will be answered
    if (isEnding(request.socket)) return
    if (request.rawHeaders.length > 2 * limits.headerCount) refuse(exchange, 431)
    else if (!namesOneHost(request)) refuse(exchange, 400)
    else options.onExchange(exchange)
  }
  server.on('request', (one: unknown, answer: unknown) => {
    const [request, response] = [one as IncomingMessage, answer as ServerResponse]
    const next = () => take(request, new Http1Exchange(request, response))
    if (isNext(request.socket, response, next)) next()
  })
  server.on(
    'stream',
    (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, _flags: number, rawHeaders: string[]) => {
      sessions.opened(stream)
      // what is open goes on to its end
      if (goawayChance > 0 && Math.random() < goawayChance) stream.session?.close()
      options.onExchange(new Http2Exchange(stream, headers, rawHeaders, handles))
    },
  )
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const exchange = isAnswering(request.socket) ? undefined : upgradeExchange(request, socket as TLSSocket, head)
    // the connection belongs to another answer
    if (exchange === undefined) socket.destroy()
    else take(request, exchange)
  })
  server.on('session', session => {
    sessions.add(session, handedOver as TLSSocket)
    carry(session, session.socket as TLSSocket)
  })
  const keep = (socket: Duplex) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    socket.on('error', () => {})
  }
  const queue = new AcceptQueue({
    begin: socket => {
      // until the handshake is over: whoever ends it halfway has gone
      socket.allowHalfOpen = false
      const begin = () => void server.emit('connection', socket)
      if (contexts === undefined) begin()
      else contexts.accept(socket, begin)
    },
    timeout: limits.handshakeTimeout,
  })
  // sessions begin while their connections are handed over
  let handedOver: TLSSocket | undefined
  const secured = inTurns(server, socket => {
    handedOver = socket
  })
  const closings = new Closings()
  server.on('secureConnection', socket => {
    keep(socket)
    guardReads(socket)
    endAfterPeer(socket)
    // of HTTP/2 nothing more can come, either
    socket.allowHalfOpen = socket.alpnProtocol !== 'h2'
    connections.secured(socket)
    closings.spread(socket)
    if (crowds !== undefined) {
      crowds.one()
      socket.once('close', crowds.one)
    }
    queue.over(socket)
    secured.push(socket)
  })
  server.on('tlsClientError', (_error, socket) => socket.destroy())
  const port = createServer({ pauseOnConnect: true, noDelay: true, allowHalfOpen: true }, socket => {
    if (!connections.admit(socket)) return
    // before TLS too: a client that went away amid its handshake would hold the end of the server until the handshake's time-out
    keep(socket)
    queue.push(socket)
  })
  await bind(port, options)
  // it never listens itself, and would not look after HTTP/1.1's time-outs
  server.emit('listening')
  return {
    port: (port.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>(resolve => port.close(() => resolve()))
      queue.clear()
      secured.clear()
      server.close(() => undefined)
      sessions[Symbol.dispose]()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

/** RFC 9112, 3.2: of two hosts two servers could each follow another one. Node takes the first. */
function namesOneHost({ rawHeaders, httpVersion }: IncomingMessage): boolean {
  let count = 0
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string
    if (name.length === 4 && name.toLowerCase() === 'host') count++
  }
  return count === 1 || (count === 0 && httpVersion === '1.0')
}

/** In Go's words. What follows on the connection is not looked at. */
function refuse(exchange: Http1Exchange, status: 400 | 431): void {
  exchange.endConnection()
  exchange.respond(status, 'text/plain; charset=utf-8', `${status} ${STATUS_CODES[status]}`)
}

/** The first request of so many connections begins in one turn of the loop: it costs about what the handshake did. */
const begunInATurn = 4

/** Connections whose handshake is over go to HTTP a few a turn, too. */
function inTurns(server: Http2SecureServer, onHandOver: (socket: TLSSocket) => void): Turns<TLSSocket> {
  const listeners = server.listeners('secureConnection')
  server.removeAllListeners('secureConnection')
  return new Turns(begunInATurn, socket => {
    if (socket.destroyed) return false
    onHandOver(socket)
    for (const listener of listeners) listener.call(server, socket)
    return true
  })
}

/** A request that asks for another protocol on its connection; it may also be refused with an ordinary answer, after which the connection ends. */
function upgradeExchange(request: IncomingMessage, socket: TLSSocket, head: Buffer): Http1Exchange | undefined {
  const response = new http.ServerResponse(request)
  response.shouldKeepAlive = false
  try {
    response.assignSocket(socket)
  } catch {
    // one of Node's own answers (417) is not out yet
    return undefined
  }
  // all is with the socket by then; whether it arrives is not heard of where the client has reset the connection
  response.once('prefinish', () => endBothSides(socket))
  return new Http1Exchange(request, response, { socket, head })
}
