import type { X509Certificate } from 'node:crypto'
import type { TLSSocket } from 'node:tls'
import type { UserInfo } from '../handlers/request-context.ts'
import { CertificatePool, type ShownCertificates } from './certificate-pool.ts'
import { authenticatedUser, credentialId } from './users.ts'

/** What a connection's certificate says. */
export interface CertificateFacts {
  /** The user it names. */
  readonly user: UserInfo | undefined
  /** It is a front proxy's: what its headers say of the user is believed. */
  readonly frontProxy: boolean
  /** One was shown, and it is no good for something that it was asked about: without another credential that is an error. */
  readonly refused: boolean
  /** Looked at anew after this time, ms. */
  readonly until: number
}

export interface ClientCertificateOptions {
  /** PEM of the authorities of users. */
  readonly clientCa: string | undefined
  readonly frontProxy: { readonly ca: string; readonly allowedNames: readonly string[] } | undefined
}

const nothing: CertificateFacts = {
  user: undefined,
  frontProxy: false,
  refused: false,
  until: Number.POSITIVE_INFINITY,
}
/** `1.3.6.1.4.1.57683.2`: a user's UID in a subject. */
const uidAttribute = '1.3.6.1.4.1.57683.2'
/** Chains of clients that came with intermediates. A resumed session brings the client's own certificate only. */
const maxChains = 1_024

/** Who clients are by their certificates. The certificate of a connection never changes: it is read once, and again when it expires. */
export class ClientCertificates {
  readonly #users: CertificatePool | undefined
  readonly #proxies: CertificatePool | undefined
  readonly #allowedNames: readonly string[]
  readonly #known = new WeakMap<TLSSocket, CertificateFacts>()
  readonly #chains = new Map<string, readonly X509Certificate[]>()

  constructor({ clientCa, frontProxy }: ClientCertificateOptions) {
    this.#users = clientCa === undefined ? undefined : new CertificatePool(clientCa)
    this.#proxies = frontProxy === undefined ? undefined : new CertificatePool(frontProxy.ca)
    this.#allowedNames = frontProxy?.allowedNames ?? []
  }

  of(connection: TLSSocket | undefined): CertificateFacts {
    if (connection === undefined) return nothing
    const known = this.#known.get(connection)
    if (known !== undefined && known.until > Date.now()) return known
    const facts = this.#read(connection)
    this.#known.set(connection, facts)
    return facts
  }

  #read(connection: TLSSocket): CertificateFacts {
    if (this.#users === undefined && this.#proxies === undefined) return nothing
    const shown = this.#shown(connection)
    if (shown === undefined) return nothing
    // OpenSSL has looked at purposes, constraints and validity: what it refuses nobody believes
    const users = connection.authorized ? this.#vouches(this.#users, shown) : undefined
    const proxies = connection.authorized ? this.#vouches(this.#proxies, shown) : undefined
    const subject = shown.own.toLegacyObject().subject as unknown as Record<string, string | string[] | undefined>
    // of several names the last one counts, as Go reads them
    const name = listOf(subject.CN).at(-1) ?? ''
    const frontProxy = proxies !== undefined && (this.#allowedNames.length === 0 || this.#allowedNames.includes(name))
    const uids = listOf(subject[uidAttribute])
    const uidIsWrong = uids.length > 1 || uids[0] === ''
    return {
      user:
        users === undefined || name === '' || uidIsWrong
          ? undefined
          : authenticatedUser({
              name,
              uid: uids[0] ?? '',
              groups: listOf(subject.O),
              extra: { [credentialId]: [`X509SHA256=${shown.own.fingerprint256.replaceAll(':', '').toLowerCase()}`] },
            }),
      frontProxy,
      refused:
        (this.#users !== undefined && (users === undefined || (name !== '' && uidIsWrong))) ||
        (this.#proxies !== undefined && !frontProxy),
      until: Math.min(users ?? Number.POSITIVE_INFINITY, proxies ?? Number.POSITIVE_INFINITY),
    }
  }

  /** With authorities of one flag only it is one of them that OpenSSL has found, whatever stands between: a server's Node may not tell that. */
  #vouches(pool: CertificatePool | undefined, shown: ShownCertificates): number | undefined {
    const now = Date.now()
    const until = pool?.vouches(shown, now)
    if (until !== undefined || pool === undefined) return until
    if (this.#users !== undefined && this.#proxies !== undefined) return undefined
    const end = shown.own.validToDate.getTime()
    return now <= end ? end : undefined
  }

  #shown(connection: TLSSocket): ShownCertificates | undefined {
    const own = connection.getPeerX509Certificate?.()
    if (own === undefined) return undefined
    const intermediates: X509Certificate[] = []
    for (let at = own.issuerCertificate; at !== undefined && intermediates.length < 16; at = at.issuerCertificate)
      intermediates.push(at)
    if (intermediates.length === 0)
      return { own, intermediates: connection.isSessionReused() ? (this.#chains.get(own.fingerprint256) ?? []) : [] }
    if (this.#chains.size >= maxChains) this.#chains.clear()
    this.#chains.set(own.fingerprint256, intermediates)
    return { own, intermediates }
  }
}

const listOf = (value: string | string[] | undefined): string[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value]
