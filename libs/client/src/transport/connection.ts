import { type ClientHttp2Session, connect } from 'node:http2'
import type { Clock, Followed } from '@kubets/component'
import type { ClientConfig } from '../contract.ts'
import { ClientUnavailableError, ConnectionError, describeCause } from './errors.ts'

export interface ConnectionOptions {
  clock: Clock
  random: () => number
  /** How many requests may wait for a connection at once; the next one fails with {@link ClientUnavailableError}. */
  maxWaiting: number
  /** First pause after a failed dial, doubled up to `maxPause`, milliseconds; half of each pause is random. */
  minPause: number
  maxPause: number
  /** Milliseconds for TCP and TLS together. */
  dialTimeout: number
  /** A ping is sent this often; without its answer in `pingTimeout` the session is given up. Milliseconds, as client-go's. */
  pingInterval: number
  pingTimeout: number
}

/** What a stream may have in flight unread. A watch that nobody reads holds this much and no more. */
const STREAM_WINDOW = 1 << 20
/** What all streams together may have in flight. Node returns connection credit on arrival, so a stalled stream cannot use it up. */
const SESSION_WINDOW = 64 << 20
/** Megabytes that Node lets a session's streams hold before it refuses new ones: many stalled watches of a full window each. */
const SESSION_MEMORY_MB = 512

/** One http2 session that is there when asked for. */
export interface Connection extends AsyncDisposable {
  /** The live session, or a promise of one while it is (re)opened. Rejects when the dial that it waits for fails. */
  session(): ClientHttp2Session | Promise<ClientHttp2Session>
  /** Stops handing out this session: its streams end by themselves, new ones go to another. */
  retire(session: ClientHttp2Session): void
}

export function createConnection(source: Followed<ClientConfig>, options: ConnectionOptions): Connection {
  const { clock } = options
  const open = new Set<ClientHttp2Session>()
  const closing = new AbortController()
  let live: ClientHttp2Session | undefined
  let dialing: Promise<ClientHttp2Session> | undefined
  let failures = 0
  let notBefore = 0
  let waiting = 0

  function failed(): void {
    const pause = Math.min(options.maxPause, options.minPause * 2 ** failures)
    failures = Math.min(failures + 1, 30)
    notBefore = clock.now() + pause * (0.5 + options.random() / 2)
  }

  async function dial(): Promise<ClientHttp2Session> {
    const pause = notBefore - clock.now()
    if (pause > 0) await keepAlivePause(pause, closing.signal)
    if (closing.signal.aborted) throw new ClientUnavailableError('the client is closed')
    const config = source.current
    try {
      const session = await dialOnce(config, options.dialTimeout, closing.signal)
      adopt(session)
      if (config !== source.current) leave(session)
      return session
    } catch (cause) {
      failed()
      throw new ConnectionError(`connect to ${config.server}: ${describeCause(cause)}`, { cause, refused: true })
    }
  }

  function adopt(session: ClientHttp2Session): void {
    const since = clock.now()
    live = session
    open.add(session)
    session.setLocalWindowSize(SESSION_WINDOW)
    const stopPings = keepAlive(session, options)
    session.on('goaway', () => retire(session))
    // an 'error' is always followed by 'close'; each stream reports it to its own request
    session.on('error', () => undefined)
    session.on('close', () => {
      stopPings()
      open.delete(session)
      retire(session)
      // a server that accepts and hangs up at once (a refused certificate, a crash loop) must not be hammered
      if (clock.now() - since < 1_000) failed()
      else failures = 0
    })
  }

  function retire(session: ClientHttp2Session): void {
    if (live === session) live = undefined
  }

  /** What is under way on it goes on to its end; what comes is sent as whom we are now. */
  function leave(session: ClientHttp2Session): void {
    retire(session)
    // whoever waited for it uses it in this turn yet
    setImmediate(() => session.close())
  }

  source.onChange(() => {
    failures = 0
    notBefore = 0
    if (live !== undefined) leave(live)
  })

  return {
    session() {
      if (live !== undefined && !live.closed && !live.destroyed) return live
      if (closing.signal.aborted) throw new ClientUnavailableError('the client is closed')
      if (waiting >= options.maxWaiting)
        throw new ClientUnavailableError(
          `${waiting} requests already wait for a connection to ${source.current.server}`,
        )
      dialing ??= dial().finally(() => {
        dialing = undefined
      })
      waiting++
      return dialing.finally(() => {
        waiting--
      })
    },
    retire,
    async [Symbol.asyncDispose]() {
      closing.abort()
      await dialing?.catch(() => undefined)
      await Promise.all(
        [...open].map(
          session =>
            new Promise<void>(resolve => {
              if (session.destroyed) return resolve()
              session.once('close', () => resolve())
              session.destroy()
            }),
        ),
      )
    },
  }
}

/** Unlike the clock's timers this one holds the process: a service without its server has nothing else to live for. */
function keepAlivePause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done, { once: true })
  })
}

function dialOnce(config: ClientConfig, timeout: number, signal: AbortSignal): Promise<ClientHttp2Session> {
  return new Promise((resolve, reject) => {
    const session = connect(config.server, {
      settings: { enablePush: false, initialWindowSize: STREAM_WINDOW },
      maxSessionMemory: SESSION_MEMORY_MB,
      ...(config.ca === undefined ? {} : { ca: config.ca, allowPartialTrustChain: true }),
      ...(config.cert === undefined ? {} : { cert: config.cert }),
      ...(config.key === undefined ? {} : { key: config.key }),
      ...(config.tlsServerName === undefined ? {} : { servername: config.tlsServerName }),
      ...(config.insecureSkipTlsVerify ? { rejectUnauthorized: false } : {}),
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
      session.on('error', () => undefined)
      session.destroy()
      reject(error)
    }
    const closed = () => fail(new Error('the server closed the connection'))
    signal.addEventListener('abort', aborted, { once: true })
    session.on('error', fail)
    session.on('close', closed)
    session.once('connect', (_, socket) => {
      settle()
      socket.setNoDelay(true)
      resolve(session)
    })
  })
}

/** Pings as client-go's http2 transport does, so that a dead peer is noticed without traffic. */
function keepAlive(session: ClientHttp2Session, { clock, pingInterval, pingTimeout }: ConnectionOptions): () => void {
  let cancelNext: () => void = () => undefined
  let cancelDeadline: () => void = () => undefined
  const next = () => {
    cancelNext = clock.after(pingInterval, () => {
      if (session.destroyed) return
      cancelDeadline = clock.after(pingTimeout, () => session.destroy(new Error('http2: client connection lost')))
      session.ping(() => {
        cancelDeadline()
        if (!session.destroyed) next()
      })
    })
  }
  next()
  return () => {
    cancelNext()
    cancelDeadline()
  }
}
