import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http'
import { request } from 'node:https'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'
import type { Victim } from './victim.ts'

/** A TLS connection of nobody, or of who shows a certificate. HTTP/1.1 unless `ALPNProtocols` says otherwise. */
export function dial({ port, authority }: Victim, options: ConnectionOptions = {}): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect(
      { host: '127.0.0.1', port, ca: authority.cert, ALPNProtocols: ['http/1.1'], ...options },
      () => resolve(socket),
    )
    socket.once('error', reject)
  })
}

/** Until the other side ends; breaks off after ten seconds. */
export function everything(socket: TLSSocket): Promise<string> {
  return new Promise(resolve => {
    let text = ''
    const done = () => {
      clearTimeout(timer)
      socket.destroy()
      resolve(text)
    }
    const timer = setTimeout(() => {
      text += '(silence)'
      done()
    }, 10_000)
    socket.on('data', chunk => (text += chunk.toString('latin1')))
    socket.on('error', () => undefined)
    socket.once('close', done)
  })
}

/** Sends these bytes and reads until the server ends the connection. */
export async function send(victim: Victim, bytes: string | Buffer, options: ConnectionOptions = {}): Promise<string> {
  const socket = await dial(victim, options)
  const answer = everything(socket)
  socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes)
  return answer
}

export interface Credentials {
  cert?: string
  key?: string
  token?: string
}

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

/** An ordinary request, by whoever shows these credentials. */
export function ask(
  { port, authority }: Victim,
  { cert, key, token }: Credentials,
  method: string,
  path: string,
  body?: object | string | Buffer,
  headers: OutgoingHttpHeaders = {},
): Promise<Answer> {
  const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json'
  const bytes = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body ?? '')
  return new Promise((resolve, reject) => {
    const asking = request({
      host: '127.0.0.1',
      port,
      ca: authority.cert,
      ...(cert === undefined ? {} : { cert, key }),
      agent: false,
      method,
      path,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': type, 'content-length': Buffer.byteLength(bytes) }),
        ...headers,
      },
    })
    asking.on('error', reject)
    asking.on('response', response => {
      const parts: Buffer[] = []
      response.on('data', part => parts.push(part))
      response.on('error', reject)
      response.on('end', () => {
        const text = Buffer.concat(parts).toString('utf8')
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text })
      })
    })
    asking.end(body === undefined ? undefined : bytes)
  })
}

/** The status codes of all answers in what came over a connection. */
export const codes = (text: string): number[] =>
  [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, code]) => Number(code))

/** A request as text. */
export function requestText(
  method: string,
  path: string,
  headers: readonly (readonly [string, string])[] = [],
  body = '',
): string {
  const lines = [`${method} ${path} HTTP/1.1`, 'Host: victim', ...headers.map(([name, value]) => `${name}: ${value}`)]
  return `${lines.join('\r\n')}\r\n\r\n${body}`
}
