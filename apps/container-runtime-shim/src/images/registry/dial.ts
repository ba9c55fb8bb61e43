import { connect, type Socket } from 'node:net'

const { request } = process.getBuiltinModule('node:http')

export interface DialTarget {
  /** Name or address, IPv6 without brackets. */
  host: string
  port: number
}

/**
 * Opens a TCP connection to a registry. The one thing of a pull that depends on the network namespace, so it is what
 * another process can do for the shim; TLS, credentials and digests stay in the shim.
 */
export type Dial = (target: DialTarget, signal: AbortSignal) => Promise<Socket>

/** Milliseconds for name look-up and connection, as Go's default dialer. */
const connectTimeoutMs = 30_000

/** Dials from this process, through an HTTP proxy where `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` say so. */
export function directDial(environment: NodeJS.ProcessEnv = process.env): Dial {
  return (target, signal) => {
    const proxy = proxyFor(target, environment)
    return proxy === undefined ? connectTcp(target, signal) : tunnel(proxy, target, signal)
  }
}

/** Dials through `puller-main.ts`, which listens on a unix socket and runs where the network reaches out. */
export function pullerDial(socketPath: string): Dial {
  return (target, signal) => tunnel({ socketPath }, target, signal)
}

function connectTcp(target: DialTarget, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: target.host, port: target.port })
    const finish = (error?: Error) => {
      clearTimeout(timer)
      signal.removeEventListener('abort', abort)
      socket.off('error', finish)
      if (error === undefined) return resolve(socket.setNoDelay())
      socket.on('error', () => undefined).destroy()
      reject(error)
    }
    const abort = () => finish(signal.reason as Error)
    const timer = setTimeout(() => {
      const at = { code: 'ETIMEDOUT', syscall: 'connect', address: target.host, port: target.port }
      finish(Object.assign(new Error('i/o timeout'), at))
    }, connectTimeoutMs)
    signal.addEventListener('abort', abort, { once: true })
    socket.once('error', finish)
    socket.once('connect', () => finish())
    if (signal.aborted) abort()
  })
}

type Proxy = { socketPath: string } | { host: string; port: number; authorization?: string }

function tunnel(proxy: Proxy, target: DialTarget, signal: AbortSignal): Promise<Socket> {
  const authority = `${target.host.includes(':') ? `[${target.host}]` : target.host}:${target.port}`
  const headers: Record<string, string> = { host: authority }
  if ('authorization' in proxy && proxy.authorization) headers['proxy-authorization'] = proxy.authorization
  const where = 'socketPath' in proxy ? { socketPath: proxy.socketPath } : { host: proxy.host, port: proxy.port }
  return new Promise((resolve, reject) => {
    const outgoing = request({
      ...where,
      method: 'CONNECT',
      path: authority,
      headers,
      agent: false,
      signal,
      timeout: connectTimeoutMs + 5_000,
    })
    outgoing.once('connect', (response, socket, head) => {
      if (response.statusCode !== 200) {
        socket.destroy()
        return reject(refusal(response.headers['x-dial-error'], response.statusCode))
      }
      if (head.length > 0) socket.unshift(head)
      resolve(socket as Socket)
    })
    outgoing.once('timeout', () => outgoing.destroy(new Error('proxyconnect tcp: i/o timeout')))
    outgoing.once('error', error => {
      if (signal.aborted) return reject(signal.reason)
      const at = 'socketPath' in proxy ? `the image puller on ${proxy.socketPath}` : `the proxy ${proxy.host}`
      reject(new Error(`cannot reach ${at}: ${error.message}`, { cause: error }))
    })
    outgoing.end()
  })
}

/** The puller hands the failed call's facts over, so that the message is the one of a direct dial. */
function refusal(facts: string | string[] | undefined, status: number | undefined): Error {
  if (typeof facts !== 'string') return new Error(`the proxy refused the connection: status ${status}`)
  const { message, ...rest } = JSON.parse(decodeURIComponent(facts)) as { message: string }
  return Object.assign(new Error(message), rest)
}

/** What {@link refusal} reads: the facts of an error in one header. */
export function describeDialError(error: unknown): string {
  const first = error instanceof AggregateError ? error.errors[0] : error
  const { message, code, syscall, address, port, hostname } = first as Error & Record<string, unknown>
  return encodeURIComponent(JSON.stringify({ message, code, syscall, address, port, hostname }))
}

function proxyFor(target: DialTarget, environment: NodeJS.ProcessEnv): Proxy | undefined {
  const read = (name: string) => environment[name.toLowerCase()] || environment[name]
  const text = target.port === 80 ? read('HTTP_PROXY') : read('HTTPS_PROXY')
  if (!text || isExempt(target, read('NO_PROXY') ?? '')) return undefined
  const url = new URL(text.includes('://') ? text : `http://${text}`)
  if (url.protocol !== 'http:') throw new Error(`HTTPS_PROXY: ${url.protocol}// is not supported, use http://`)
  const proxy: Proxy = { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port || 80) }
  if (url.username !== '') {
    const secret = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`
    proxy.authorization = `Basic ${Buffer.from(secret).toString('base64')}`
  }
  return proxy
}

/** `NO_PROXY`: names, `.suffixes`, `*`; loopback is never sent to a proxy (as Go's net/http). */
function isExempt({ host, port }: DialTarget, list: string): boolean {
  if (isLoopback(host)) return true
  return list
    .split(',')
    .map(item => item.trim().toLowerCase())
    .filter(Boolean)
    .some(item => {
      if (item === '*' || item === host || item === `${host}:${port}`) return true
      const suffix = item.replace(/^\*?\.?/, '.')
      return host.endsWith(suffix)
    })
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host)
}
