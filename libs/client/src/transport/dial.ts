import { type ClientHttp2Session, connect } from 'node:http2'
import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { ClientConfig } from '../contract.ts'

/** What a stream may have in flight unread. A watch that nobody reads holds this much and no more. */
const STREAM_WINDOW = 1 << 20
/** What all streams together may have in flight. Node returns connection credit on arrival, so a stalled stream cannot use it up. */
const SESSION_WINDOW = 64 << 20
/** Megabytes that Node lets a session's streams hold before it refuses new ones: many stalled watches of a full window each. */
const SESSION_MEMORY_MB = 512

/** A session and the socket below it, which a session that is destroyed lets go of only when its peer has taken all or hangs up. */
export interface Dialed {
  session: ClientHttp2Session
  socket: Socket
}

/** Connects once. `timeout`: milliseconds for TCP and TLS together. Whoever waits is told at once when the signal aborts; nothing is left open then. */
export function dial(config: ClientConfig, timeout: number, signal: AbortSignal): Promise<Dialed> {
  return new Promise((resolve, reject) => {
    const socket = open(config)
    const session = connect(config.server, {
      createConnection: () => socket,
      settings: { enablePush: false, initialWindowSize: STREAM_WINDOW },
      maxSessionMemory: SESSION_MEMORY_MB,
      ...(config.tlsServerName === undefined ? {} : { servername: config.tlsServerName }),
    })
    const timer = setTimeout(() => fail(new Error(`no connection within ${timeout} ms`)), timeout)
    const aborted = () => fail(new Error('the client is closed'))
    const settle = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', aborted)
      session.off('error', fail)
      session.off('close', closed)
    }
    const fail = (error: Error) => {
      settle()
      session.destroy()
      // the session would wait for a connection that may never come
      socket.destroy()
      reject(error)
    }
    const closed = () => fail(new Error('the server closed the connection'))
    signal.addEventListener('abort', aborted, { once: true })
    // an 'error' is always followed by 'close'; each stream reports it to its own request
    session.on('error', () => undefined)
    session.on('error', fail)
    session.on('close', closed)
    session.once('connect', () => {
      if (session.destroyed) return closed()
      settle()
      session.setLocalWindowSize(SESSION_WINDOW)
      resolve({ session, socket })
    })
  })
}

function open(config: ClientConfig): Socket {
  const { protocol, hostname, port } = new URL(config.server)
  const host = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname
  if (protocol === 'http:') return connectTcp({ host, port: Number(port || 80) })
  const servername = config.tlsServerName ?? (isIP(host) === 0 ? host : undefined)
  return connectTls({
    host,
    port: Number(port || 443),
    ALPNProtocols: ['h2'],
    ...(config.ca === undefined ? {} : { ca: config.ca, allowPartialTrustChain: true }),
    ...(config.cert === undefined ? {} : { cert: config.cert }),
    ...(config.key === undefined ? {} : { key: config.key }),
    ...(servername === undefined ? {} : { servername }),
    ...(config.insecureSkipTlsVerify ? { rejectUnauthorized: false } : {}),
  })
}
