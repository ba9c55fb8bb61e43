import { constants, type KeyObject, verify } from 'node:crypto'
import { append, type FieldError, field, isDns1123Subdomain, isQualifiedName } from '@kubets/apimachinery'
import { each } from '../../../core/v1/pod/validation/checks.ts'
import { isKubernetesSigner, validateSignerName } from '../../signer-name.ts'
import type { PodCertificateRequest } from '../../types.ts'
import { type CertificateRequest, parseCertificateRequest, readPublicKey } from '../../x509/certificate-request.ts'
import { invalidWithoutValue, validateKeyType } from './public-key.ts'

type Spec = PodCertificateRequest['spec']

const maxUid = 128
const minSeconds = 60 * 60
const maxSeconds = 91 * 24 * 60 * 60
/** For Kubernetes' own signers. */
const maxOwnSeconds = 24 * 60 * 60
const maxAnnotations = 256 * 1024
/** Bytes of a key, a signature or a request. */
const maxKey = 10 * 1024

const bytes = (base64: string | undefined) => Buffer.from(base64 ?? '', 'base64')

export function validateSpec(spec: Spec): FieldError[] {
  const { signerName = '', maxExpirationSeconds } = spec ?? {}
  const errors = validateSignerName(signerName, 'spec.signerName')
  append(errors, validateUserAnnotations(spec.unverifiedUserAnnotations, 'spec.unverifiedUserAnnotations'))
  for (const [name, uid] of [
    ['podName', 'podUID'],
    ['serviceAccountName', 'serviceAccountUID'],
    ['nodeName', 'nodeUID'],
  ] as const) {
    const value = spec[name] ?? ''
    append(errors, each(`spec.${name}`, value, isDns1123Subdomain(value)), validateUid(spec[uid] ?? '', `spec.${uid}`))
  }
  if (maxExpirationSeconds === undefined) return [...errors, field.required('spec.maxExpirationSeconds', 'must be set')]
  const limit = isKubernetesSigner(signerName) ? maxOwnSeconds : maxSeconds
  if (maxExpirationSeconds < minSeconds || maxExpirationSeconds > limit) {
    const text = `must be in the range [${minSeconds}, ${limit}]`
    errors.push(field.invalid('spec.maxExpirationSeconds', maxExpirationSeconds, text))
  }
  return errors.concat(validateKey(spec))
}

function validateUid(uid: string, path: string): FieldError[] {
  if (uid === '') return [field.invalid(path, '', 'must not be empty')]
  return Buffer.byteLength(uid) > maxUid ? [field.tooLong(path, maxUid)] : []
}

function validateUserAnnotations(annotations: Spec['unverifiedUserAnnotations'], path: string): FieldError[] {
  let size = 0
  const errors = Object.entries(annotations ?? {}).flatMap(([key, value]) => {
    size += Buffer.byteLength(key) + Buffer.byteLength(value)
    const name = key.toLowerCase()
    if (name === '') return [field.required(path)]
    const messages = isQualifiedName(name)
    if (messages.length > 0) return each(path, name, messages)
    return name.includes('/')
      ? []
      : [field.invalid(path, name, 'must be a domain-prefixed key (such as "acme.io/foo")')]
  })
  return size > maxAnnotations ? [...errors, field.tooLong(path, maxAnnotations)] : errors
}

/** The key is given as a request, or, as it was before, bare with a signature of the pod's UID. */
function validateKey(spec: Spec): FieldError[] {
  const { stubPKCS10Request: request, pkixPublicKey: key, proofOfPossession: proof } = spec
  if (request && !key && !proof) return validateStub(bytes(request), 'spec.stubPKCS10Request')
  if (!request && key && proof) return validateBareKey(spec)
  const text = 'exactly one of (stubPKCS10Request) or (pkixPublicKey, proofOfPossession) must be set'
  return [invalidWithoutValue('spec', text)]
}

function validateStub(der: Buffer, path: string): FieldError[] {
  if (der.length > maxKey) return [field.tooLong(path, maxKey)]
  const request = parsedStub(der)
  if (request === undefined) return [invalidWithoutValue(path, 'must be a valid PKCS#10 CSR')]
  const wrong = validateKeyType(request.publicKey, path, 'P256, P384, or P521')
  if (wrong !== undefined) return [wrong]
  return request.signatureError() === undefined ? [] : [invalidWithoutValue(path, 'invalid signature')]
}

/** The request, or undefined where the bytes are none. */
export function parsedStub(der: Buffer): CertificateRequest | undefined {
  try {
    return parseCertificateRequest(der)
  } catch {
    return undefined
  }
}

function validateBareKey({ podUID, pkixPublicKey, proofOfPossession }: Spec): FieldError[] {
  const [keyPath, proofPath] = ['spec.pkixPublicKey', 'spec.proofOfPossession']
  const [der, proof] = [bytes(pkixPublicKey), bytes(proofOfPossession)]
  if (der.length > maxKey) return [field.tooLong(keyPath, maxKey)]
  if (proof.length > maxKey) return [field.tooLong(proofPath, maxKey)]
  const key = parsedKey(der)
  if (key === undefined) return [field.invalid(keyPath, pkixPublicKey, 'must be a valid PKIX-serialized public key')]
  const wrong = validateKeyType(key, keyPath, 'P256 or P384')
  if (wrong !== undefined) return [wrong]
  return isProof(key, Buffer.from(podUID ?? ''), proof)
    ? []
    : [invalidWithoutValue(proofPath, 'could not verify proof-of-possession signature')]
}

/** The key, or undefined where the bytes are none. */
export function parsedKey(der: Buffer): KeyObject | undefined {
  try {
    return readPublicKey(der)
  } catch {
    return undefined
  }
}

function isProof(key: KeyObject, signed: Buffer, proof: Buffer): boolean {
  switch (key.asymmetricKeyType) {
    case 'rsa': {
      const { RSA_PKCS1_PSS_PADDING: padding, RSA_PSS_SALTLEN_AUTO: saltLength } = constants
      return verify('sha256', signed, { key, padding, saltLength }, proof)
    }
    case 'ed25519':
      return verify(null, signed, key, proof)
    default:
      return verify('sha256', signed, key, proof)
  }
}
