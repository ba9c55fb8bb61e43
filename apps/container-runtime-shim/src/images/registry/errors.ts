import { dialMessage } from '@kubets/streaming'

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
