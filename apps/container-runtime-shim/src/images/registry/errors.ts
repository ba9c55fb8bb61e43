export type RegistryErrorKind = 'not-found' | 'denied' | 'unreachable' | 'unexpected'

/** A registry did not give what was asked for; worded as containerd words it, since people search for those texts. */
export class RegistryError extends Error {
  override readonly name = 'RegistryError'
  readonly kind: RegistryErrorKind
  constructor(kind: RegistryErrorKind, message: string, options?: ErrorOptions) {
    super(message, options)
    this.kind = kind
  }
}

export function isRegistryNotFound(error: unknown): boolean {
  return error instanceof RegistryError && error.kind === 'not-found'
}

/** `Head "https://…": dial tcp 127.0.0.1:5000: connect: connection refused` for a request that got no answer. */
export function unreachable(method: string, url: URL, error: unknown): RegistryError {
  const verb = method.charAt(0) + method.slice(1).toLowerCase()
  const message = `failed to do request: ${verb} "${url.href}": ${dialMessage(error)}`
  return new RegistryError('unreachable', message, { cause: error })
}

const words: Partial<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset by peer',
  EHOSTUNREACH: 'no route to host',
  ENETUNREACH: 'network is unreachable',
  ETIMEDOUT: 'connection timed out',
  EPIPE: 'broken pipe',
}

/** The cause in Go's words. */
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
  if (syscall === 'connect' && word !== undefined) {
    const at = address?.includes(':') ? `[${address}]` : address
    return `dial tcp ${at}:${port}: connect: ${word}`
  }
  // OpenSSL met letters where a TLS record was due; under EPROTO only its text tells
  if (/wrong version number|packet length too long/.test(first.message))
    return 'http: server gave HTTP response to HTTPS client'
  if (tlsCodes.has(code ?? ''))
    return `tls: failed to verify certificate: x509: ${tlsMessage(code ?? '', first.message)}`
  return word ?? first.message
}

const tlsCodes = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_HAS_EXPIRED',
  'ERR_TLS_CERT_ALTNAME_INVALID',
])

function tlsMessage(code: string, message: string): string {
  if (code === 'CERT_HAS_EXPIRED') return 'certificate has expired or is not yet valid'
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return message
  return 'certificate signed by unknown authority'
}
