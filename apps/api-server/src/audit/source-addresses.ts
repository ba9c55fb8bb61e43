import type { IncomingHttpHeaders } from 'node:http'
import { isIP } from 'node:net'

/**
 * Where a request came from, by its own words first: all but the last one are only claimed. X-Forwarded-For, X-Real-Ip where it
 * is not among those, and the other end of the connection.
 */
export function sourceAddresses(headers: IncomingHttpHeaders, remote: string | undefined): string[] {
  const addresses = texts(headers['x-forwarded-for'])
    .flatMap(text => text.split(','))
    .map(text => text.trim())
    .filter(text => isIP(text) !== 0)
  const real = texts(headers['x-real-ip'])[0]?.trim() ?? ''
  if (isIP(real) !== 0 && !addresses.includes(real)) addresses.push(real)
  // an IPv4 address that came in over a socket for both
  const end = remote?.replace(/^::ffff:(?=\d+\.)/, '') ?? ''
  if (end !== '' && addresses.at(-1) !== end) addresses.push(end)
  return addresses
}

const texts = (header: string | string[] | undefined): string[] =>
  header === undefined ? [] : Array.isArray(header) ? header : [header]
