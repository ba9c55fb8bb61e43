import { X509Certificate } from 'node:crypto'
import type { SecureContext } from 'node:tls'
import type { KeyPair } from '@kubets/pki'
import type { Followed } from '../follow/followed.ts'
import { contextWith, keep, type ServerContextOptions } from './server-context.ts'

/** A certificate for clients that ask for one of its names. */
export interface NamedPair {
  readonly pair: Followed<KeyPair>
  /** Domain names, also `*.example.com`. None: those in the certificate. */
  readonly names: readonly string[]
}

type Choose = (serverName: string, callback: (error: Error | null, context?: SecureContext) => void) => void

/**
 * What a TLS server's `SNICallback` is to be: it finds a certificate by the name that a client asks for, and none where the server's own is meant. Whole names
 * go before wildcards, named ones before those of certificates, earlier pairs before later ones.
 */
export function namedContexts(pairs: readonly NamedPair[], options: Omit<ServerContextOptions, 'pair'>): Choose {
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
  return (serverName, callback) => callback(null, find(contexts, serverName.toLowerCase()))
}

function find(contexts: ReadonlyMap<string, SecureContext>, name: string): SecureContext | undefined {
  const rest = name.slice(name.indexOf('.') + 1)
  return contexts.get(name) ?? contexts.get(`*.${rest}`)
}

/** The DNS names that a certificate is for; without any its common name. */
function namesIn(pem: string): string[] {
  const { subject, subjectAltName = '' } = new X509Certificate(pem)
  const names = [...subjectAltName.matchAll(/(?:^|, )DNS:([^,\s]+)/g)].map(([, name = '']) => name.toLowerCase())
  if (names.length > 0) return names
  const [, common] = /^CN=(.+)$/m.exec(subject) ?? []
  return common === undefined ? [] : [common.toLowerCase()]
}
