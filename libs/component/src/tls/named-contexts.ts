import { X509Certificate } from 'node:crypto'
import { isIP, type Socket } from 'node:net'
import type { SecureContext, Server } from 'node:tls'
import type { KeyPair } from '@kubets/pki'
import type { Followed } from '../follow/followed.ts'
import { contextOf, contextWith, install, keep, type ServerContextOptions } from './server-context.ts'

/** Upstream takes no capital letters here. */
const domain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/

/** A certificate for clients that ask for one of its names. */
export interface NamedPair {
  readonly pair: Followed<KeyPair>
  /** Domain names, also `*.example.com`. None: those in the certificate. */
  readonly names: readonly string[]
}

export interface NamedContexts {
  /** The server's `SNICallback`: a certificate by the name that a client asks for, the server's own where none is for it. */
  readonly choose: (serverName: string, callback: (error: Error | null, context?: SecureContext) => void) => void
  /** Takes a connection: where its client asks for no name, the address that it came to is the name. `take` begins the handshake. */
  accept(socket: Pick<Socket, 'localAddress'>, take: () => void): void
}

/**
 * Certificates by the names that clients ask for. Whole names go before wildcards, named ones before those of certificates, earlier pairs before later ones.
 * `server`: whose {@link keepServerContext} is called before the first connection comes.
 */
export function namedContexts(
  pairs: readonly NamedPair[],
  options: Omit<ServerContextOptions, 'pair'>,
  server: () => Server,
): NamedContexts {
  let contexts = new Map<string, SecureContext>()
  const use = () => {
    const next = new Map<string, SecureContext>()
    const made = pairs.map(({ pair, names }) => ({ names, pair, context: contextWith(pair.current, options) }))
    for (const { pair, names, context } of made.toReversed())
      if (names.length === 0) for (const name of namesIn(pair.current.cert)) next.set(name, context)
    for (const { names, context } of made.toReversed()) for (const name of names) next.set(name.toLowerCase(), context)
    contexts = next
  }
  keep([...pairs.map(({ pair }) => pair), ...options.clientCa], use, options.failed)
  return {
    choose: (serverName, callback) => callback(null, find(contexts, serverName.toLowerCase()) ?? contextOf(server())),
    accept({ localAddress = '' }, take) {
      const context = contexts.get(localAddress.replace(/^::ffff:(?=.*\.)/, ''))
      if (context === undefined) return take()
      const own = contextOf(server())
      install(server(), context)
      try {
        take()
      } finally {
        if (own !== undefined) install(server(), own)
      }
    },
  }
}

function find(contexts: ReadonlyMap<string, SecureContext>, name: string): SecureContext | undefined {
  const rest = name.slice(name.indexOf('.') + 1)
  return contexts.get(name) ?? contexts.get(`*.${rest}`)
}

/** The DNS names that a certificate is for, and its common name where that is one. Addresses in it are no names: clients cannot ask for them. */
function namesIn(pem: string): string[] {
  const { subject, subjectAltName = '' } = new X509Certificate(pem)
  const names = [...subjectAltName.matchAll(/(?:^|, )DNS:([^,\s]+)/g)].map(([, name = '']) => name.toLowerCase())
  const [, common = ''] = /^CN=(.+)$/m.exec(subject) ?? []
  const isName = common === '*' || (isIP(common) === 0 && domain.test(common.replace(/^\*\./, '')))
  return isName ? [common, ...names] : names
}
