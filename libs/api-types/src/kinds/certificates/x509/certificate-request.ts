import { constants, createPublicKey, type KeyObject, verify } from 'node:crypto'
import { type DerElement, DerError, readAll, readBits, readElement, readOid, readSequence } from './der.ts'

/** A PKCS#10 request, as far as it is judged here. */
export interface CertificateRequest {
  readonly publicKey: KeyObject
  readonly subject: Subject
  /** What is wrong with the signature, in Go's words; undefined when the key made it. */
  signatureError(): string | undefined
}

/** Whom a certificate would name. */
export interface Subject {
  readonly commonName: string
  readonly organizations: readonly string[]
}

interface Algorithm {
  readonly key: 'rsa' | 'ec' | 'ed25519'
  readonly hash?: string
  readonly pss?: true
}

const algorithms: Readonly<Record<string, Algorithm>> = {
  '1.2.840.113549.1.1.5': { key: 'rsa', hash: 'sha1' },
  '1.2.840.113549.1.1.11': { key: 'rsa', hash: 'sha256' },
  '1.2.840.113549.1.1.12': { key: 'rsa', hash: 'sha384' },
  '1.2.840.113549.1.1.13': { key: 'rsa', hash: 'sha512' },
  '1.2.840.10045.4.1': { key: 'ec', hash: 'sha1' },
  '1.2.840.10045.4.3.2': { key: 'ec', hash: 'sha256' },
  '1.2.840.10045.4.3.3': { key: 'ec', hash: 'sha384' },
  '1.2.840.10045.4.3.4': { key: 'ec', hash: 'sha512' },
  '1.3.101.112': { key: 'ed25519' },
}

const pss = '1.2.840.113549.1.1.10'
const hashes: Readonly<Record<string, string>> = {
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
}

const failures = {
  rsa: 'crypto/rsa: verification error',
  ec: 'x509: ECDSA verification failure',
  ed25519: 'x509: Ed25519 verification failure',
} as const
const goNames = { rsa: 'an RSA', ec: 'an ECDSA', ed25519: 'an Ed25519' } as const
const goTypes: Readonly<Record<string, string>> = {
  rsa: '*rsa.PublicKey',
  ec: '*ecdsa.PublicKey',
  ed25519: 'ed25519.PublicKey',
}

/** @throws Error with a text for people when these bytes are no request. */
export function parseCertificateRequest(der: Buffer): CertificateRequest {
  const [info, algorithm, signature] = parts(der)
  const [, name, keyInfo] = readSequence(info.whole)
  if (keyInfo === undefined) throw malformed('it has no public key')
  const publicKey = readPublicKey(keyInfo.whole)
  return {
    publicKey,
    subject: readSubject(name),
    signatureError: () => signatureError(info.whole, algorithm, readBits(signature), publicKey),
  }
}

const commonName = '2.5.4.3'
const organization = '2.5.4.10'
const utf8String = 0x0c
const bmpString = 0x1e

/** Of several common names the last one counts, as for Go. */
function readSubject(name: DerElement | undefined): Subject {
  const attributes = (name === undefined ? [] : readAll(name.content)).flatMap(({ content }) => readAll(content))
  const found = attributes.flatMap(attribute => {
    const [type, value] = readSequence(attribute.whole)
    return type === undefined || value === undefined ? [] : [{ type: readOid(type), text: readText(value) }]
  })
  return {
    commonName: found.findLast(({ type }) => type === commonName)?.text ?? '',
    organizations: found.filter(({ type }) => type === organization).map(({ text }) => text),
  }
}

function readText({ tag, content }: DerElement): string {
  // two bytes a character, the other way round than Node reads them
  if (tag === bmpString && content.length % 2 === 0) return Buffer.from(content).swap16().toString('utf16le')
  return content.toString(tag === utf8String ? 'utf8' : 'latin1')
}

const malformed = (why: string) => new DerError(`asn1: structure error: ${why}`)

function parts(der: Buffer): [DerElement, DerElement, DerElement] {
  try {
    const [info, algorithm, signature] = readSequence(der)
    if (info === undefined || algorithm === undefined || signature === undefined) throw malformed('parts are missing')
    return [info, algorithm, signature]
  } catch (error) {
    if (error instanceof DerError && !error.message.startsWith('asn1:')) throw malformed(error.message)
    throw error
  }
}

/** A SubjectPublicKeyInfo. @throws Error when it is none. */
export function readPublicKey(der: Buffer): KeyObject {
  try {
    return createPublicKey({ key: der, format: 'der', type: 'spki' })
  } catch (cause) {
    throw new Error('x509: unsupported or malformed public key', { cause })
  }
}

function algorithmOf(element: DerElement): Algorithm | undefined {
  const [oid, parameters] = readSequence(element.whole)
  if (oid === undefined) return undefined
  const name = readOid(oid)
  if (name !== pss) return algorithms[name]
  // the first parameter names the hash: [0] { SEQUENCE { oid, … } }
  const first = parameters === undefined ? undefined : readElement(parameters.content)
  const hashOid = first?.tag === 0xa0 ? readSequence(first.content)[0] : undefined
  const hash = hashOid === undefined ? undefined : hashes[readOid(hashOid)]
  return hash === undefined ? undefined : { key: 'rsa', hash, pss: true }
}

function signatureError(signed: Buffer, element: DerElement, signature: Buffer, key: KeyObject): string | undefined {
  const algorithm = algorithmOf(element)
  if (algorithm === undefined) return 'x509: cannot verify signature: algorithm unimplemented'
  const type = key.asymmetricKeyType ?? ''
  if (type !== algorithm.key) {
    return `x509: signature algorithm specifies ${goNames[algorithm.key]} public key, but have public key of type ${goTypes[type] ?? type}`
  }
  const options = algorithm.pss
    ? { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_AUTO }
    : key
  return verify(algorithm.hash ?? null, signed, options, signature) ? undefined : failures[algorithm.key]
}
