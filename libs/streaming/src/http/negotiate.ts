import type { IncomingMessage } from 'node:http'
import type { PlainAnswer } from './answer.ts'

export const spdy31 = 'SPDY/3.1'
export const protocolVersionHeader = 'X-Stream-Protocol-Version'
const acceptedVersionsHeader = 'X-Accepted-Stream-Protocol-Versions'

/** Chooses the stream protocol of a SPDY upgrade, or says why not in upstream's words (k8s.io/streaming httpstream). */
export function negotiateStreamProtocol(
  request: IncomingMessage,
  supported: readonly string[],
): { protocol: string } | { refusal: PlainAnswer } {
  const values = request.headersDistinct[protocolVersionHeader.toLowerCase()]
  if (values === undefined) {
    const count = Object.keys(request.headersDistinct).filter(name => name !== 'host').length
    return refuse(400, `header ${protocolVersionHeader} does not exist in request with ${count} headers`)
  }
  const requested = values
    .flatMap(value => value.split(','))
    .map(name => name.trim())
    .filter(name => name !== '')
  if (requested.length === 0)
    return refuse(400, `header ${protocolVersionHeader} contains [${values.join(' ')}], but no valid protocols`)
  const protocol = requested.find(name => supported.includes(name))
  if (protocol === undefined)
    return refuse(
      403,
      `unable to negotiate protocol: client supports [${requested.join(' ')}], server accepts [${supported.join(' ')}]`,
      { [acceptedVersionsHeader]: supported },
    )
  if (
    !(request.headers.connection ?? '').toLowerCase().includes('upgrade') ||
    !(request.headers.upgrade ?? '').toLowerCase().includes(spdy31.toLowerCase())
  )
    return refuse(400, 'missing upgrade headers in request')
  return { protocol }
}

function refuse(
  status: number,
  why: string,
  headers: Record<string, readonly string[]> = {},
): { refusal: PlainAnswer } {
  return { refusal: { status, headers, body: `unable to upgrade: ${why}\n` } }
}

/** The answer that turns the connection into SPDY. */
export function switchingToSpdy(protocol: string): string {
  return `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${spdy31}\r\n${protocolVersionHeader}: ${protocol}\r\n\r\n`
}
