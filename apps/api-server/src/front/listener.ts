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
import { Http1Connections } from './http1/index.ts'
import { Http2Exchange } from './http2.ts'
import { checkInterval, type ListenerLimits, listenerLimits } from './listener-limits.ts'
import { Sessions } from './sessions.ts'
import { StreamHandles } from './stream-handle.ts'
import { Turns } from './turns.ts'

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

/** Connections whose handshake is over go to HTTP a few a turn, too: the first request of one costs about what the handshake did. */
const begunInATurn = 4

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
    // ALPN offers it; what comes by it is `http1`'s
    allowHTTP1: true,
    handshakeTimeout: limits.handshakeTimeout,
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
  server.on(
    'stream',
    (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, _flags: number, rawHeaders: string[]) => {
      sessions.opened(stream)
      // what is open goes on to its end
      if (goawayChance > 0 && Math.random() < goawayChance) stream.session?.close()
      options.onExchange(new Http2Exchange(stream, headers, rawHeaders, handles))
    },
  )
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
  const http1 = new Http1Connections(limits, options.onExchange)
  const http2 = server.listeners('secureConnection')
  server.removeAllListeners('secureConnection')
  // sessions begin while their connections are handed over
  let handedOver: TLSSocket | undefined
  const secured = new Turns<TLSSocket>(begunInATurn, socket => {
    if (socket.destroyed) return false
    if (socket.alpnProtocol === 'h2') {
      handedOver = socket
      for (const listener of http2) listener.call(server, socket)
    } else http1.serve(socket)
    return true
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
  return {
    port: (port.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>(resolve => port.close(() => resolve()))
      queue.clear()
      secured.clear()
      server.close(() => undefined)
      http1[Symbol.dispose]()
      sessions[Symbol.dispose]()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
