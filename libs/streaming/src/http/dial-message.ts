import { isIP } from 'node:net'

const words: Partial<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset by peer',
  EHOSTUNREACH: 'no route to host',
  ENETUNREACH: 'network is unreachable',
  ETIMEDOUT: 'connection timed out',
  EPIPE: 'broken pipe',
}

/** Why a request got no answer, in Go's words, which people know and search for: `dial tcp 127.0.0.1:5000: connect: connection refused`. */
export function dialMessage(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const first = error instanceof AggregateError && error.errors[0] instanceof Error ? error.errors[0] : error
  const { code, syscall, address, port, hostname } = first as NodeJS.ErrnoException & {
    address?: string
    port?: number
    hostname?: string
  }
  if (syscall === 'getaddrinfo') {
    const why = code === 'ENOTFOUND' ? 'no such host' : code === 'EAI_AGAIN' ? 'server misbehaving' : code
    return `dial tcp: lookup ${hostname}: ${why}`
  }
  const word = code === undefined ? undefined : words[code]
  if (syscall === 'connect' && word !== undefined)
    return `dial tcp ${hostPort(address ?? '', port ?? 0)}: connect: ${word}`
  // Node's own error, not the kernel's: the other side ended the connection and had not answered
  if (code === 'ECONNRESET' && syscall === undefined) return 'EOF'
  // OpenSSL met letters where a TLS record was due; under EPROTO only its text tells
  if (/wrong version number|packet length too long/.test(first.message))
    return 'http: server gave HTTP response to HTTPS client'
  const distrust = code === undefined ? undefined : distrusted[code]
  if (distrust !== undefined) return `tls: failed to verify certificate: x509: ${distrust(first)}`
  return word === undefined ? first.message : syscall === undefined ? word : `${syscall}: ${word}`
}

/** Host and port as they stand in a URL: an IPv6 address in brackets. */
export const hostPort = (host: string, port: number | string) => `${host.includes(':') ? `[${host}]` : host}:${port}`

const unknownAuthority = () => 'certificate signed by unknown authority'
const outOfTime = () => 'certificate has expired or is not yet valid'

const distrusted: Partial<Record<string, (error: Error) => string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: unknownAuthority,
  SELF_SIGNED_CERT_IN_CHAIN: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownAuthority,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownAuthority,
  CERT_HAS_EXPIRED: outOfTime,
  CERT_NOT_YET_VALID: outOfTime,
  ERR_TLS_CERT_ALTNAME_INVALID: anotherName,
}

/** The certificate is somebody else's: whose, and whom we have asked for. */
function anotherName(error: Error): string {
  const { host = '', cert } = error as Error & { host?: string; cert?: { subjectaltname?: string } }
  const isAddress = isIP(host) !== 0
  const form = isAddress ? 'IP Address:' : 'DNS:'
  const names = (cert?.subjectaltname ?? '')
    .split(', ')
    .filter(one => one.startsWith(form))
    .map(one => one.slice(form.length))
  if (names.length > 0) return `certificate is valid for ${names.join(', ')}, not ${host}`
  return isAddress
    ? `cannot validate certificate for ${host} because it doesn't contain any IP SANs`
    : `certificate is not valid for any names, but wanted to match ${host}`
}
