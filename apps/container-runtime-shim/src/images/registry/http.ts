import type { Agent, ClientRequest, IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as requestHttps } from 'node:https'
import { isIP } from 'node:net'
import type { Duplex } from 'node:stream'
import { createSecureContext, getCACertificates, type SecureContext, connect as tlsConnect } from 'node:tls'
import type { Dial } from './dial.ts'
import { unreachable } from './errors.ts'
import { hostName } from './hosts.ts'

const { Agent: HttpAgent, request: requestHttp } = process.getBuiltinModule('node:http')

export interface HttpRequest {
  method: 'GET' | 'HEAD' | 'POST'
  url: URL
  headers: Readonly<Record<string, string>>
  body?: string
  /** Check the server's certificate. */
  verify: boolean
  signal: AbortSignal
}

/** Sends requests over connections from a {@link Dial}; keeps them open until it is disposed. */
export interface HttpClient extends Disposable {
  /** The answer with its body unread. Rejects with a `RegistryError` of kind `unreachable` when there is none. */
  send(request: HttpRequest): Promise<IncomingMessage>
}

export interface HttpClientOptions {
  dial: Dial
  /** PEM certificates to trust beside Node's and the system's. */
  ca?: readonly string[]
  /** Milliseconds without a byte after which a connection is taken for dead. Default one minute. */
  idleTimeoutMs?: number
}

export function createHttpClient({ dial, ca = [], idleTimeoutMs = 60_000 }: HttpClientOptions): HttpClient {
  const ended = new AbortController()
  let trusted: SecureContext | undefined
  // made at the first https request: reading the system's certificates takes tens of milliseconds
  const trust = () => (trusted ??= createSecureContext({ ca: [...authorities(), ...ca] }))
  const settings = { keepAlive: true, maxSockets: 8 }
  const agents = {
    'http:': dialing(new HttpAgent(settings), dial, ended.signal, socket => socket),
    'https:': dialing(new HttpsAgent(settings), dial, ended.signal, (socket, host) =>
      tlsConnect({ ...identity(host), socket, secureContext: trust(), ALPNProtocols: ['http/1.1'] }),
    ),
    'insecure:': dialing(new HttpsAgent(settings), dial, ended.signal, (socket, host) =>
      tlsConnect({ ...identity(host), socket, rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] }),
    ),
  }
  return {
    send({ method, url, headers, body, verify, signal }) {
      const secure = url.protocol === 'https:'
      const agent = secure ? (verify ? agents['https:'] : agents['insecure:']) : agents['http:']
      return new Promise((resolve, reject) => {
        const outgoing: ClientRequest = (secure ? requestHttps : requestHttp)(url, {
          method,
          headers,
          agent,
          signal,
          timeout: idleTimeoutMs,
        })
        outgoing.once('response', response => {
          // an abort ends the body too; whoever reads it gets the error, whoever does not is not hit by it
          response.once('error', () => undefined)
          resolve(response)
        })
        outgoing.once('timeout', () => outgoing.destroy(new Error('i/o timeout')))
        outgoing.once('error', error => reject(signal.aborted ? signal.reason : unreachable(method, url, error)))
        outgoing.end(body)
      })
    },
    [Symbol.dispose]() {
      ended.abort()
      for (const agent of Object.values(agents)) agent.destroy()
    },
  }
}

/** `host` is what the certificate must name; TLS carries names only, no addresses (RFC 6066, section 3). */
function identity(host: string): { host: string; servername?: string } {
  return isIP(host) ? { host } : { host, servername: host }
}

function dialing<T extends Agent>(
  agent: T,
  dial: Dial,
  ended: AbortSignal,
  wrap: (socket: Duplex, host: string) => Duplex,
): T {
  agent.createConnection = (options, callback) => {
    const { host, port } = options as { host: string; port: number }
    const name = hostName(new URL(`http://${host.includes(':') ? `[${host}]` : host}`))
    dial({ host: name, port: Number(port) }, ended).then(
      socket => callback?.(null, wrap(socket, name)),
      (error: Error) => callback?.(error, undefined as unknown as Duplex),
    )
    return undefined
  }
  return agent
}

function authorities(): string[] {
  return [...new Set([...getCACertificates('default'), ...getCACertificates('system')])]
}

/** Reads a small body in full; more than `limit` bytes is an error. */
export async function readBody(response: IncomingMessage, limit: number): Promise<Buffer> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of response as AsyncIterable<Buffer>) {
    size += part.length
    if (size > limit) throw new Error(`the answer is longer than ${limit} bytes`)
    parts.push(part)
  }
  return Buffer.concat(parts)
}
