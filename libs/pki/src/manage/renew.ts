import { issueCertificate, x509 } from '../certificates.ts'
import type { CertificateRequest, KeyAlgorithm } from '../contract.ts'
import { keyAlgorithmOf } from '../key-algorithm.ts'
import type { CertificateDefinition, PkiPlan } from '../plan/contract.ts'
import { authorityDefinition, readAuthority } from './authorities.ts'
import { readCertificate, writeCertificate } from './stored-certificate.ts'

export interface RenewOptions {
  readonly days: number
  /** Default: the kind of key that the certificate has. */
  readonly keyAlgorithm?: KeyAlgorithm
}

export type Renewal = 'renewed' | 'missing' | 'external'

/** A new key and a new certificate for the same subject, names and usages: what lies there says which, not the plan. */
export async function renewCertificate(
  plan: PkiPlan,
  certificate: CertificateDefinition,
  options: RenewOptions,
): Promise<Renewal> {
  const present = await readCertificate(certificate)
  if (present === undefined) return 'missing'
  const authority = await readAuthority(authorityDefinition(plan, certificate.authority))
  if (authority?.key === undefined) return 'external'
  const keyAlgorithm = options.keyAlgorithm ?? keyAlgorithmOf(present.key)
  const request = { ...(await requestOf(present.cert)), days: options.days }
  const pair = await issueCertificate(
    { cert: authority.cert, key: authority.key },
    { ...request, ...(keyAlgorithm === undefined ? {} : { keyAlgorithm }) },
  )
  await writeCertificate(certificate, pair, authority.cert)
  return 'renewed'
}

/** What would have to be asked for to get such a certificate. */
export async function requestOf(pem: string): Promise<CertificateRequest> {
  const x = await x509()
  const cert = new x.X509Certificate(pem)
  const names = cert.getExtension(x.SubjectAlternativeNameExtension)?.names.items ?? []
  const usages = cert.getExtension(x.ExtendedKeyUsageExtension)?.usages.map(String) ?? []
  return {
    commonName: cert.subjectName.getField('CN').at(-1) ?? '',
    organizations: cert.subjectName.getField('O'),
    dnsNames: names.filter(({ type }) => type === 'dns').map(({ value }) => value),
    ipAddresses: names.filter(({ type }) => type === 'ip').map(({ value }) => value),
    usages: [
      ...(usages.includes(x.ExtendedKeyUsage.serverAuth) ? (['server'] as const) : []),
      ...(usages.includes(x.ExtendedKeyUsage.clientAuth) ? (['client'] as const) : []),
    ],
  }
}
