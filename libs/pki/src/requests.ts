import { X509Certificate as NodeCertificate } from 'node:crypto'
import { pem, serialNumber, x509 } from './certificates.ts'
import type { KeyPair, RequestedNames, SigningTerms } from './contract.ts'
import { pairFault, signingKeyOf } from './key-algorithm.ts'

/** Who a PKCS#10 request (PEM) says it is for. @throws Error when it is none. */
export async function requestedNames(request: string): Promise<RequestedNames> {
  const x = await x509()
  const csr = new x.Pkcs10CertificateRequest(request)
  const names = alternativeNames(x, csr)
  const of = (type: string) => names.filter(name => name.type === type).map(({ value }) => value)
  return {
    commonName: csr.subjectName.getField('CN').at(-1) ?? '',
    organizations: csr.subjectName.getField('O'),
    dnsNames: of('dns'),
    ipAddresses: of('ip'),
    emailAddresses: of('email'),
    uris: of('url'),
  }
}

type Library = Awaited<ReturnType<typeof x509>>

function alternativeNames(x: Library, csr: InstanceType<Library['Pkcs10CertificateRequest']>) {
  const extension = csr.getExtension('2.5.29.17')
  return extension === null ? [] : new x.SubjectAlternativeNameExtension(extension.rawData).names.items
}

const extendedUsages = {
  any: '2.5.29.37.0',
  'server auth': '1.3.6.1.5.5.7.3.1',
  'client auth': '1.3.6.1.5.5.7.3.2',
  'code signing': '1.3.6.1.5.5.7.3.3',
  'email protection': '1.3.6.1.5.5.7.3.4',
  's/mime': '1.3.6.1.5.5.7.3.4',
  'ipsec end system': '1.3.6.1.5.5.7.3.5',
  'ipsec tunnel': '1.3.6.1.5.5.7.3.6',
  'ipsec user': '1.3.6.1.5.5.7.3.7',
  timestamping: '1.3.6.1.5.5.7.3.8',
  'ocsp signing': '1.3.6.1.5.5.7.3.9',
  'microsoft sgc': '1.3.6.1.4.1.311.10.3.3',
  'netscape sgc': '2.16.840.1.113730.4.1',
} as const
const keyUsages = {
  signing: 'digitalSignature',
  'digital signature': 'digitalSignature',
  'content commitment': 'nonRepudiation',
  'key encipherment': 'keyEncipherment',
  'key agreement': 'keyAgreement',
  'data encipherment': 'dataEncipherment',
  'cert sign': 'keyCertSign',
  'crl sign': 'cRLSign',
  'encipher only': 'encipherOnly',
  'decipher only': 'decipherOnly',
} as const
const isKeyUsage = (usage: string): usage is keyof typeof keyUsages => Object.hasOwn(keyUsages, usage)
const isExtended = (usage: string): usage is keyof typeof extendedUsages => Object.hasOwn(extendedUsages, usage)

/** Issues what a PKCS#10 request (PEM) asks for: its subject, names and key, and nothing else of it. Usages are the API's words. */
export async function signRequest(authority: KeyPair, request: string, terms: SigningTerms): Promise<string> {
  const x = await x509()
  const csr = new x.Pkcs10CertificateRequest(request)
  if (!(await csr.verify())) throw new Error('unable to verify certificate request signature')
  const unknown = terms.usages.filter(usage => !isKeyUsage(usage) && !isExtended(usage))
  if (unknown.length > 0) throw new Error(`unrecognized usage values: ${JSON.stringify(unknown)}`)
  const bits = terms.usages.filter(isKeyUsage).reduce((flags, usage) => flags | x.KeyUsageFlags[keyUsages[usage]], 0)
  const extended = new Set(terms.usages.filter(isExtended).map(usage => extendedUsages[usage]))
  const names = alternativeNames(x, csr)
    .filter(({ type }) => type === 'dns' || type === 'ip' || type === 'email' || type === 'url')
    .map(({ type, value }) => ({ type, value }))
  const issuer = new x.X509Certificate(authority.cert)
  const identifier = issuer.getExtension(x.SubjectKeyIdentifierExtension)?.keyId
  const { signingKey, signingAlgorithm } = await signingKeyOf(authority)
  const certificate = await x.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: csr.subjectName.toJSON(),
    issuer: issuer.subjectName,
    notBefore: new Date(terms.notBefore),
    notAfter: new Date(terms.notAfter),
    signingAlgorithm,
    publicKey: csr.publicKey,
    signingKey,
    extensions: [
      ...(bits === 0 ? [] : [new x.KeyUsagesExtension(bits, true)]),
      ...(extended.size === 0 ? [] : [new x.ExtendedKeyUsageExtension([...extended])]),
      new x.BasicConstraintsExtension(false, undefined, true),
      ...(identifier === undefined ? [] : [new x.AuthorityKeyIdentifierExtension(identifier)]),
      ...(names.length === 0 ? [] : [new x.SubjectAlternativeNameExtension(names, csr.subject === '')]),
    ],
  })
  return pem(certificate.toString('pem'))
}

/** When the authority's certificate ends. @throws Error when it and the key are no pair. */
export function authorityEnd(pair: KeyPair): number {
  const fault = pairFault(pair)
  if (fault !== undefined) throw new Error(fault)
  return new NodeCertificate(pair.cert).validToDate.getTime()
}
