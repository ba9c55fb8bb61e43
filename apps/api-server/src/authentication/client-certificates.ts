import { X509Certificate } from 'node:crypto'
import type { TLSSocket } from 'node:tls'
import { chainOf, type Followed, shownCertificate } from '@kubets/component'
import type { UserInfo } from '../handlers/request-context.ts'
import { CertificateExpirations } from './certificate-expirations.ts'
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
  /** When the certificate ends, ms. Undefined without one. */
  readonly end?: number
}

export interface ClientCertificateOptions {
  /** PEM of the authorities of users. */
  readonly clientCa: Followed<string> | undefined
  readonly frontProxy: { readonly ca: Followed<string>; readonly allowedNames: readonly string[] } | undefined
  /** New authorities that cannot be read: those before stay. */
  failed?(error: unknown): void
}

const nothing: CertificateFacts = {
  user: undefined,
  frontProxy: false,
  refused: false,
  until: Number.POSITIVE_INFINITY,
}
/** `1.3.6.1.4.1.57683.2`: a user's UID in a subject. */
const uidAttribute = '1.3.6.1.4.1.57683.2'
/** Certificates that are known when their clients come back: some 3 KB each. */
const maxSeen = 8_192

/**
 * Who clients are by their certificates. The certificate of a connection never changes: it is read once, and again when it expires or the authorities are
 * others: whom the new ones do not know is refused also on a connection that stands.
 */
export class ClientCertificates {
  #users: CertificatePool | undefined
  #proxies: CertificatePool | undefined
  readonly #allowedNames: readonly string[]
  #known = new WeakMap<TLSSocket, CertificateFacts>()
  /** Which authorities, counted, a connection was first seen under. */
  readonly #firstSeen = new WeakMap<TLSSocket, number>()
  #generation = 0
  readonly #expirations = new CertificateExpirations()
  /** What certificates said, by their bytes: thousands of nodes that come back show the same ones again, and to check one takes a tenth of a handshake. */
  readonly #seen = new Map<string, CertificateFacts>()

  constructor({ clientCa, frontProxy, failed = () => undefined }: ClientCertificateOptions) {
    this.#users = clientCa === undefined ? undefined : new CertificatePool(clientCa.current)
    this.#proxies = frontProxy === undefined ? undefined : new CertificatePool(frontProxy.ca.current)
    this.#allowedNames = frontProxy?.allowedNames ?? []
    const follow = (source: Followed<string> | undefined, use: (pool: CertificatePool) => void) =>
      source?.onChange(pem => {
        try {
          use(new CertificatePool(pem))
          this.#generation++
          this.#known = new WeakMap()
          this.#seen.clear()
        } catch (error) {
          failed(error)
        }
      })
    follow(clientCa, pool => {
      this.#users = pool
    })
    follow(frontProxy?.ca, pool => {
      this.#proxies = pool
    })
  }

  of(connection: TLSSocket | undefined): CertificateFacts {
    if (connection === undefined) return nothing
    const now = Date.now()
    let facts = this.#known.get(connection)
    if (facts === undefined || facts.until <= now) {
      facts = this.#read(connection)
      this.#known.set(connection, facts)
    }
    if (facts.end !== undefined) this.#expirations.observe((facts.end - now) / 1000)
    return facts
  }

  /** `apiserver_client_certificate_expiration_seconds` */
  metric() {
    return this.#expirations.family()
  }

  #read(connection: TLSSocket): CertificateFacts {
    if (this.#users === undefined && this.#proxies === undefined) return nothing
    const bytes = connection.getSession === undefined ? undefined : shownCertificate(connection)
    if (bytes === undefined) return nothing
    const generation = this.#firstSeen.get(connection) ?? this.#generation
    this.#firstSeen.set(connection, generation)
    const since = generation === this.#generation ? 'now' : 'before'
    // believed by OpenSSL just now, as most are
    const believed = since === 'now' && connection.authorized
    const key = bytes.toString('latin1')
    const seen = believed ? this.#seen.get(key) : undefined
    if (seen !== undefined && seen.until > Date.now()) return seen
    const shown = this.#shown(connection, bytes)
    const facts = this.#judge(connection, shown, since)
    // only such as need no others beside them, which may not be shown the next time
    if (!believed || shown.intermediates.length > 0 || (facts.user === undefined && !facts.frontProxy)) return facts
    if (this.#seen.size >= maxSeen) this.#seen.clear()
    this.#seen.set(key, facts)
    return facts
  }

  #judge(connection: TLSSocket, shown: ShownCertificates, since: 'now' | 'before'): CertificateFacts {
    // OpenSSL has looked at purposes, constraints and validity: what it refuses nobody believes
    const users = connection.authorized ? this.#vouches(this.#users, shown, since) : undefined
    const proxies = connection.authorized ? this.#vouches(this.#proxies, shown, since) : undefined
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
      end: shown.own.validToDate.getTime(),
      until: Math.min(users ?? Number.POSITIVE_INFINITY, proxies ?? Number.POSITIVE_INFINITY),
    }
  }

  /**
   * With authorities of one flag only it is one of them that OpenSSL has found, whatever stands between: a server's Node may not tell that. It has asked
   * those of the handshake's time.
   */
  #vouches(pool: CertificatePool | undefined, shown: ShownCertificates, since: 'now' | 'before'): number | undefined {
    const now = Date.now()
    const until = pool?.vouches(shown, now)
    if (until !== undefined || pool === undefined) return until
    if (since === 'before' || (this.#users !== undefined && this.#proxies !== undefined)) return undefined
    const end = shown.own.validToDate.getTime()
    return now <= end ? end : undefined
  }

  /** Of authorities that we know none is among those that came with it: whom they vouch for is asked for each flag by itself. */
  #shown(connection: TLSSocket, bytes: Buffer): ShownCertificates {
    const own = new X509Certificate(bytes)
    const intermediates = connection.authorized
      ? chainOf(connection)
          .filter(one => this.#users?.has(one) !== true && this.#proxies?.has(one) !== true)
          .map(one => new X509Certificate(one))
      : []
    return { own, intermediates }
  }
}

const listOf = (value: string | string[] | undefined): string[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value]
