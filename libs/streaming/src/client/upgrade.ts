import type { IncomingMessage, RequestOptions } from 'node:http'
import type { Socket } from 'node:net'
import { dial, type ProxyTarget } from '../proxy/target.ts'

const { request: httpRequest } = process.getBuiltinModule('node:http')

export interface UpgradedConnection {
  readonly socket: Socket
  readonly head: Buffer
  readonly response: IncomingMessage
}

/** The server's answer was no upgrade. */
export class UpgradeRefused extends Error {
  override readonly name = 'UpgradeRefused'
  readonly status: number
  readonly body: string
  constructor(status: number, body: string) {
    super(`unable to upgrade streaming request: ${status} ${body.trim()}`)
    this.status = status
    this.body = body
  }
}

/** Dials and asks for an upgrade. Throws {@link UpgradeRefused} for any answer but 101. */
export async function dialUpgrade(
  target: ProxyTarget,
  method: 'GET' | 'POST',
  headers: readonly (readonly [string, string])[],
): Promise<UpgradedConnection> {
  const url = new URL(target.url)
  const connection = await dial(target)
  const own = Object.entries(target.headers ?? {})
  const length: [string, string][] = method === 'POST' ? [['Content-Length', '0']] : []
  return new Promise((resolve, reject) => {
    const request = httpRequest({
      method,
      path: url.pathname + url.search,
      headers: [['Host', url.host], ...headers, ...own, ...length].flat(),
      setHost: false,
      createConnection: () => connection,
    } as RequestOptions)
    request.on('error', reject)
    request.on('upgrade', (response: IncomingMessage, socket: Socket, head: Buffer) => {
      socket.on('error', () => undefined)
      resolve({ socket, head, response })
    })
    request.on('response', (response: IncomingMessage) => {
      let body = ''
      response.setEncoding('utf8')
      response.on('data', (text: string) => {
        // enough for a Status; the rest is read and dropped
        if (body.length < 64 * 1024) body += text
      })
      response.on('end', () => {
        connection.destroy()
        reject(new UpgradeRefused(response.statusCode ?? 0, body))
      })
      response.on('error', reject)
    })
    request.end()
  })
}

/** Asks for SPDY with one of the stream protocols. */
export async function dialSpdy(
  target: ProxyTarget,
  protocols: readonly string[],
): Promise<{ socket: Socket; protocol: string }> {
  const { socket, head, response } = await dialUpgrade(target, 'POST', [
    ['Connection', 'Upgrade'],
    ['Upgrade', 'SPDY/3.1'],
    ...protocols.map(protocol => ['X-Stream-Protocol-Version', protocol] as const),
  ])
  if (head.length > 0) socket.unshift(head)
  return { socket, protocol: String(response.headers['x-stream-protocol-version'] ?? '') }
}
