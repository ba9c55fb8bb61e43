import { connect as connectTcp, type Socket } from 'node:net'
import { type ConnectionOptions, connect as connectTls } from 'node:tls'
import { dialMessage, hostPort } from '../http/dial-message.ts'

/** Where a request is passed on to. */
export interface ProxyTarget {
  /** Scheme, host, port, path and query of the backend; `http:` or `https:`. */
  readonly url: string | URL
  /** For `https:`: `ca`, `cert`, `key`, `servername`, `rejectUnauthorized`. */
  readonly tls?: Pick<
    ConnectionOptions,
    'ca' | 'cert' | 'key' | 'servername' | 'rejectUnauthorized' | 'checkServerIdentity'
  >
  /** Headers that replace the client's. */
  readonly headers?: Readonly<Record<string, string>>
  /** How long the dial may take, in milliseconds. Default 30 seconds. */
  readonly dialTimeout?: number
}

/** A connection of its own to the backend, with both directions independent of each other. Errors are in Go's words. */
export async function dial(target: ProxyTarget, signal?: AbortSignal): Promise<Socket> {
  const url = new URL(target.url)
  const secure = url.protocol === 'https:'
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const port = Number(url.port || (secure ? 443 : 80))
  const timeout = target.dialTimeout ?? 30_000
  return new Promise((resolve, reject) => {
    const socket: Socket = secure
      ? connectTls({ host, port, allowHalfOpen: true, ALPNProtocols: ['http/1.1'], ...target.tls } as ConnectionOptions)
      : connectTcp({ host, port, allowHalfOpen: true })
    const failed = (error: Error) => {
      settle()
      socket.on('error', () => undefined)
      socket.destroy()
      reject(error)
    }
    const timer = setTimeout(() => failed(new Error(`dial tcp ${hostPort(host, port)}: i/o timeout`)), timeout)
    const onError = (error: Error) => failed(new Error(dialMessage(error), { cause: error }))
    const onAbort = () => failed(new Error('the client has gone away'))
    const settle = () => {
      clearTimeout(timer)
      socket.off('error', onError)
      signal?.removeEventListener('abort', onAbort)
    }
    socket.on('error', onError)
    signal?.addEventListener('abort', onAbort, { once: true })
    socket.once(secure ? 'secureConnect' : 'connect', () => {
      settle()
      socket.setNoDelay(true)
      resolve(socket)
    })
    if (signal?.aborted) onAbort()
  })
}

const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/**
 * The client's own credentials end at whoever has checked them; the backend sees the proxy's certificate. Many servers take an underscore for a dash.
 */
const credential = /^(authorization|impersonate[-_].*|x[-_]remote[-_].*|cookie)$/

/** The subprotocol by which browsers send a bearer token. */
const bearerProtocol = /^base64url\.bearer\.authorization\.k8s\.io\./

/** The headers to pass on, as name and value pairs in the client's order. Pseudo headers of HTTP/2, hop-by-hop headers and credentials are left out. */
export function forwardedHeaders(
  headers: Readonly<NodeJS.Dict<string | readonly string[]>>,
  target: ProxyTarget,
  upgrade: boolean,
): [string, string][] {
  const replaced = new Set(Object.keys(target.headers ?? {}).map(name => name.toLowerCase()))
  const named = namedByConnection(headers)
  const result: [string, string][] = [['Host', new URL(target.url).host]]
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || name.startsWith(':') || name === 'host' || credential.test(name) || replaced.has(name))
      continue
    if ((hopByHop.has(name) || named.has(name)) && !(upgrade && name === 'upgrade')) continue
    // an upgrade has no body; POST without a length would wait for one
    if (upgrade && name === 'content-length') continue
    for (const one of typeof value === 'string' ? [value] : value) {
      const passed = name === 'sec-websocket-protocol' ? withoutBearer(one) : one
      if (passed !== '') result.push([name, passed])
    }
  }
  if (upgrade) result.push(['Connection', 'Upgrade'])
  for (const [name, value] of Object.entries(target.headers ?? {})) result.push([name, value])
  return result
}

/** RFC 9110, 7.6.1: what `Connection` names is meant for us only. */
function namedByConnection(headers: Readonly<NodeJS.Dict<string | readonly string[]>>): ReadonlySet<string> {
  const value = headers.connection
  if (value === undefined) return new Set()
  return new Set(
    [value]
      .flat()
      .flatMap(one => one.split(','))
      .map(name => name.trim().toLowerCase()),
  )
}

function withoutBearer(protocols: string): string {
  return protocols
    .split(',')
    .map(name => name.trim())
    .filter(name => !bearerProtocol.test(name))
    .join(', ')
}
