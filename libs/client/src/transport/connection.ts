import type { ClientHttp2Session } from 'node:http2'
import type { Followed } from '@kubets/component'
import type { ClientConfig } from '../contract.ts'
import { type Dialed, dial } from './dial.ts'
import { ClientUnavailableError, ConnectionError, describeCause } from './errors.ts'
import { type KeepAliveOptions, keepAlive } from './keep-alive.ts'

export interface ConnectionOptions extends KeepAliveOptions {
  random: () => number
  /** How many requests may wait for a connection at once; the next one fails with {@link ClientUnavailableError}. */
  maxWaiting: number
  /** First pause after a failed dial, doubled up to `maxPause`, milliseconds; half of each pause is random. */
  minPause: number
  maxPause: number
  /** Milliseconds for TCP and TLS together. */
  dialTimeout: number
}

/** So long a session that its owner ends may take to tell its peer, ms: the peer may be gone, or take nothing. */
const farewell = 200

/** One http2 session that is there when asked for. */
export interface Connection extends AsyncDisposable {
  /** The live session, or a promise of one while it is (re)opened. Rejects when the dial that it waits for fails. */
  session(): ClientHttp2Session | Promise<ClientHttp2Session>
  /** Stops handing out this session: its streams end by themselves, new ones go to another. */
  retire(session: ClientHttp2Session): void
}

export function createConnection(source: Followed<ClientConfig>, options: ConnectionOptions): Connection {
  const { clock } = options
  const open = new Set<Dialed>()
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

  async function redial(): Promise<ClientHttp2Session> {
    const pause = notBefore - clock.now()
    if (pause > 0) await keepAlivePause(pause, closing.signal)
    if (closing.signal.aborted) throw new ClientUnavailableError('the client is closed')
    const config = source.current
    try {
      const dialed = await dial(config, options.dialTimeout, closing.signal)
      const { session } = dialed
      if (session.destroyed) throw new Error('the server closed the connection')
      adopt(dialed)
      if (config !== source.current) leave(session)
      return session
    } catch (cause) {
      failed()
      throw new ConnectionError(`connect to ${config.server}: ${describeCause(cause)}`, { cause, refused: true })
    }
  }

  function adopt(dialed: Dialed): void {
    const { session } = dialed
    const since = clock.now()
    live = session
    open.add(dialed)
    const stop = keepAlive(dialed, options)
    session.on('goaway', () => retire(session))
    session.on('close', () => {
      stop()
      open.delete(dialed)
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
      dialing ??= redial().finally(() => {
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
      await Promise.all([...open].map(end))
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

/** Resolves when all of it is closed, whoever is at the other end, and whether or not they take what there is to say yet. */
function end({ session, socket }: Dialed): Promise<void> {
  return new Promise(resolve => {
    const timer = setTimeout(() => socket.destroy(), farewell)
    session.once('close', () => {
      clearTimeout(timer)
      resolve()
    })
    // one that takes no new streams would leave it to its peer to close the connection
    if (session.closed || session.destroyed) socket.destroy()
    session.destroy()
  })
}
