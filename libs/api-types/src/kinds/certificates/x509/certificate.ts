import { type KeyObject, X509Certificate } from 'node:crypto'
import { readAll, readElement, readOid, readSequence } from './der.ts'

/** What is judged of a certificate. */
export interface Certificate {
  readonly publicKey: KeyObject
  /** Milliseconds. */
  readonly notBefore: number
  readonly notAfter: number
  /** The basic constraints say so; undefined without them. */
  readonly isAuthority: boolean | undefined
  readonly dnsNames: readonly string[]
  readonly emailAddresses: readonly string[]
}

const basicConstraints = '2.5.29.19'
const alternativeNames = '2.5.29.17'

/** @throws Error when these bytes are not one certificate. */
export function parseCertificate(der: Buffer): Certificate {
  const certificate = new X509Certificate(der)
  // bytes behind the certificate are passed over above
  if (readElement(der).whole.length !== der.length) throw new Error('x509: trailing data')
  const extensions = readExtensions(der)
  const names = extensions.get(alternativeNames)
  const all = names === undefined ? [] : readSequence(names)
  const texts = (tag: number) => all.filter(name => name.tag === tag).map(({ content }) => content.toString('latin1'))
  return {
    publicKey: certificate.publicKey,
    notBefore: Date.parse(certificate.validFrom),
    notAfter: Date.parse(certificate.validTo),
    isAuthority: readAuthority(extensions.get(basicConstraints)),
    dnsNames: texts(0x82),
    emailAddresses: texts(0x81),
  }
}

/** Extensions by their identifiers. */
function readExtensions(der: Buffer): Map<string, Buffer> {
  const found = new Map<string, Buffer>()
  const [tbs] = readSequence(der)
  const list = tbs === undefined ? undefined : readSequence(tbs.whole).find(({ tag }) => tag === 0xa3)
  if (list === undefined) return found
  for (const extension of readSequence(list.content)) {
    const members = readSequence(extension.whole)
    const [oid, value] = [members[0], members.at(-1)]
    if (oid !== undefined && value !== undefined) found.set(readOid(oid), value.content)
  }
  return found
}

function readAuthority(constraints: Buffer | undefined): boolean | undefined {
  if (constraints === undefined) return undefined
  const [first] = readAll(readElement(constraints).content)
  return first?.tag === 0x01 && first.content[0] === 0xff
}
