import { createSecureContext, type SecureContext, type SecureContextOptions, type Server } from 'node:tls'
import type { KeyPair } from '@kubets/pki'
import type { Followed } from '../follow/followed.ts'
import { servingDefaults } from '../tls-settings.ts'
import { keepChains } from './certificate-chains.ts'

export interface ServerContextOptions {
  /** Without one every handshake fails. */
  readonly pair: Followed<KeyPair | undefined>
  /** PEM of the authorities of clients. */
  readonly clientCa: readonly Followed<string>[]
  readonly minVersion?: SecureContextOptions['minVersion']
  readonly ciphers?: string | undefined
  /** Files that were read but that TLS will not take: what was before stays. */
  failed(error: unknown): void
}

/**
 * Gives a server its certificate and authorities, and new ones when they change: for connections that come then.
 * Every certificate among the authorities is trusted, as in Go, also one that is not a root.
 */
export function keepServerContext(server: Server, options: ServerContextOptions): void {
  const { pair, clientCa } = options
  keepChains(server)
  keep([pair, ...clientCa], () => install(server, contextWith(pair.current, options)), options.failed)
}

/** Calls `use` now, and again when something changes: then what it throws is only told. */
export function keep(
  changing: readonly Followed<unknown>[],
  use: () => void,
  failed: ServerContextOptions['failed'],
): void {
  use()
  const change = () => {
    try {
      use()
    } catch (error) {
      failed(error)
    }
  }
  for (const followed of changing) followed.onChange(change)
}

/** What a server shows with one of its certificates, and whom it believes. */
export function contextWith(pair: KeyPair | undefined, options: Omit<ServerContextOptions, 'pair'>): SecureContext {
  const { clientCa } = options
  return createSecureContext({
    ...servingDefaults,
    ...(pair === undefined ? {} : { cert: pair.cert, key: pair.key }),
    // also where there are none: Node would believe all that a browser does
    ca: clientCa.map(({ current }) => current).filter(pem => pem !== ''),
    ...(options.minVersion === undefined ? {} : { minVersion: options.minVersion }),
    ...(options.ciphers === undefined ? {} : { ciphers: options.ciphers }),
    allowPartialTrustChain: true,
    honorCipherOrder: true,
  })
}

/** `setSecureContext` takes options and drops `allowPartialTrustChain` of them (Node 24): the context it would make is put where it puts it. */
export function install(server: Server, context: SecureContext): void {
  Object.assign(server, { _sharedCreds: context })
}

/** What was put there. */
export const contextOf = (server: Server): SecureContext | undefined =>
  (server as Server & { _sharedCreds?: SecureContext })._sharedCreds
