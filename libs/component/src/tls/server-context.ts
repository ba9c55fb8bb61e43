import { createSecureContext, type SecureContext, type SecureContextOptions, type Server } from 'node:tls'
import type { Followed } from '../follow/followed.ts'
import { servingDefaults } from '../tls-settings.ts'

export interface ServerContextOptions {
  /** Without one every handshake fails. */
  readonly pair: Followed<{ readonly cert: string; readonly key: string } | undefined>
  /** PEM of the authorities of clients. */
  readonly clientCa: readonly Followed<string>[]
  readonly minVersion?: SecureContextOptions['minVersion']
  readonly ciphers?: string | undefined
  /** Files that were read but that TLS will not take: what was before stays. */
  failed(error: unknown): void
}

/**
 * Gives a server its certificate and authorities, and new ones when they change: for connections that come then, sessions are not resumed across.
 * Every certificate among the authorities is trusted, as in Go, also one that is not a root.
 */
export function keepServerContext(server: Server, options: ServerContextOptions): void {
  const { pair, clientCa } = options
  const use = () => {
    install(
      server,
      createSecureContext({
        ...servingDefaults,
        ...(pair.current === undefined ? {} : { cert: pair.current.cert, key: pair.current.key }),
        ...(clientCa.length === 0 ? {} : { ca: clientCa.map(({ current }) => current) }),
        ...(options.minVersion === undefined ? {} : { minVersion: options.minVersion }),
        ...(options.ciphers === undefined ? {} : { ciphers: options.ciphers }),
        allowPartialTrustChain: true,
        honorCipherOrder: true,
        // without a name for its sessions a server that asks for certificates resumes none
        sessionIdContext: 'kubets',
      }),
    )
  }
  use()
  const change = () => {
    try {
      use()
    } catch (error) {
      options.failed(error)
    }
  }
  for (const followed of [pair, ...clientCa]) followed.onChange(change)
}

/** `setSecureContext` takes options and drops `allowPartialTrustChain` of them (Node 24): the context it would make is put where it puts it. */
function install(server: Server, context: SecureContext): void {
  Object.assign(server, { _sharedCreds: context })
}
