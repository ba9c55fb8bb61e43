import { X509Certificate } from 'node:crypto'
import type { CertificateRequest, KeyPair } from '../contract.ts'
import { pairFault } from '../key-algorithm.ts'

/** Why a certificate that lies there will not do for what is asked: for people to read. Undefined when it will. */
export function certificateFault(
  pair: KeyPair,
  ca: string,
  request: CertificateRequest,
  now: number,
): string | undefined {
  const broken = pairFault(pair)
  if (broken !== undefined) return broken
  const cert = new X509Certificate(pair.cert)
  if (cert.validToDate.getTime() <= now) return `it has expired on ${cert.validTo}`
  if (cert.validFromDate.getTime() > now) return `it is not valid before ${cert.validFrom}`
  if (!issuedBy(cert, ca)) return 'it is of another authority'
  const missing = missingNames(cert, request)
  return missing.length === 0 ? undefined : `it is not for ${missing.join(', ')}`
}

export function issuedBy(cert: X509Certificate, ca: string): boolean {
  const issuer = new X509Certificate(ca)
  return cert.checkIssued(issuer) && cert.verify(issuer.publicKey)
}

/** What of the request's names the certificate lacks. */
export function missingNames(cert: X509Certificate, request: CertificateRequest): string[] {
  return [
    ...(request.dnsNames ?? []).filter(name => cert.checkHost(name) === undefined),
    ...(request.ipAddresses ?? []).filter(ip => cert.checkIP(ip) === undefined),
  ]
}
