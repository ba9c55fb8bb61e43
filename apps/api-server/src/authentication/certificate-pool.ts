import { X509Certificate } from 'node:crypto'

/** Certificates that a client has shown: its own, and those that lead from it to an authority. */
export interface ShownCertificates {
  readonly own: X509Certificate
  readonly intermediates: readonly X509Certificate[]
}

/** No chain of ours is longer; a loop of cross-signed authorities ends here. */
const maxChain = 8

/** The authorities of one flag. Which of them has signed is asked here; that a certificate may be a client's was OpenSSL's to say. */
export class CertificatePool {
  readonly #authorities: readonly X509Certificate[]

  /** @throws Error when the text has no certificate. */
  constructor(pem: string) {
    this.#authorities = certificatesOf(pem)
    if (this.#authorities.length === 0) throw new Error('data does not contain any valid RSA or ECDSA certificates')
  }

  /** It is one of them, DER. */
  has(certificate: Buffer): boolean {
    return this.#authorities.some(({ raw }) => raw.equals(certificate))
  }

  /** Until when (ms) one of the authorities vouches for the client; undefined when none does now. */
  vouches({ own, intermediates }: ShownCertificates, now: number): number | undefined {
    return this.#from(own, intermediates, now, 0)
  }

  #from(
    certificate: X509Certificate,
    others: readonly X509Certificate[],
    now: number,
    depth: number,
  ): number | undefined {
    const until = validUntil(certificate, now)
    if (until === undefined || depth > maxChain) return undefined
    for (const authority of this.#authorities) {
      if (certificate.raw.equals(authority.raw)) return until
      const end = isIssuedBy(certificate, authority) ? validUntil(authority, now) : undefined
      if (end !== undefined) return Math.min(until, end)
    }
    for (const between of others) {
      if (!between.ca || between.raw.equals(certificate.raw) || !isIssuedBy(certificate, between)) continue
      const end = this.#from(between, others, now, depth + 1)
      if (end !== undefined) return Math.min(until, end)
    }
    return undefined
  }
}

/** Every certificate of a PEM text. */
export function certificatesOf(pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? []
  return blocks.map(block => new X509Certificate(block))
}

const isIssuedBy = (certificate: X509Certificate, issuer: X509Certificate) =>
  certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey)

function validUntil(certificate: X509Certificate, now: number): number | undefined {
  const until = certificate.validToDate.getTime()
  return certificate.validFromDate.getTime() <= now && now <= until ? until : undefined
}
