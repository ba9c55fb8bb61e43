import { createPrivateKey, type KeyObject, webcrypto, X509Certificate } from 'node:crypto'
import type { KeyAlgorithm, KeyPair } from './contract.ts'

const ecdsa = (namedCurve: string, hash: string) => ({ name: 'ECDSA', namedCurve, hash })
const rsa = (modulusLength: number) => ({
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  modulusLength,
  publicExponent: new Uint8Array([1, 0, 1]),
})

/** P-256: a signature takes 0.03 ms where RSA-2048 takes 32 (docs/performance/rules.md). */
export const defaultKeyAlgorithm: KeyAlgorithm = 'ECDSA-P256'

const parameters = {
  'ECDSA-P256': ecdsa('P-256', 'SHA-256'),
  'ECDSA-P384': ecdsa('P-384', 'SHA-384'),
  'RSA-2048': rsa(2048),
  'RSA-3072': rsa(3072),
  'RSA-4096': rsa(4096),
} as const satisfies Record<KeyAlgorithm, object>

/** The names of kubeadm's `encryptionAlgorithm`. */
export const keyAlgorithms = Object.keys(parameters) as KeyAlgorithm[]

export async function generateKeys(algorithm: KeyAlgorithm = defaultKeyAlgorithm) {
  const signingAlgorithm = parameters[algorithm]
  const keys = (await webcrypto.subtle.generateKey(signingAlgorithm, true, [
    'sign',
    'verify',
  ])) as webcrypto.CryptoKeyPair
  return { keys, signingAlgorithm }
}

/** The kind of a private key (PEM); undefined for those that we do not make. */
export function keyAlgorithmOf(key: string): KeyAlgorithm | undefined {
  const { asymmetricKeyType, asymmetricKeyDetails } = createPrivateKey(key)
  const name =
    asymmetricKeyType === 'rsa'
      ? `RSA-${asymmetricKeyDetails?.modulusLength}`
      : `ECDSA-${curves[asymmetricKeyDetails?.namedCurve ?? '']?.replace('-', '')}`
  return keyAlgorithms.find(one => one === name)
}

const hashes: Readonly<Record<string, string>> = { 'P-256': 'SHA-256', 'P-384': 'SHA-384', 'P-521': 'SHA-512' }
const curves: Readonly<Record<string, string>> = { prime256v1: 'P-256', secp384r1: 'P-384', secp521r1: 'P-521' }

/** The key of an authority, ready to sign. Authorities made elsewhere have keys of other kinds, in other forms of PEM, than ours. */
export async function signingKeyOf({ key }: Pick<KeyPair, 'key'>) {
  const parsed = createPrivateKey(key)
  const curve = curves[parsed.asymmetricKeyDetails?.namedCurve ?? '']
  if (curve === undefined && parsed.asymmetricKeyType !== 'rsa') throw new Error('the key is neither RSA nor ECDSA')
  const signingAlgorithm =
    curve === undefined
      ? { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
      : { name: 'ECDSA', namedCurve: curve, hash: hashes[curve] as string }
  const der = parsed.export({ type: 'pkcs8', format: 'der' })
  const signingKey = await webcrypto.subtle.importKey('pkcs8', der, signingAlgorithm, false, ['sign'])
  return { signingKey, signingAlgorithm }
}

/** Why certificate and key are no pair; undefined when they are one. */
export function pairFault({ cert, key }: KeyPair): string | undefined {
  let certificate: X509Certificate
  let parsed: KeyObject
  try {
    certificate = new X509Certificate(cert)
  } catch {
    return 'the certificate cannot be read'
  }
  try {
    parsed = createPrivateKey(key)
  } catch {
    return 'the private key cannot be read'
  }
  return certificate.checkPrivateKey(parsed) ? undefined : 'private key does not match public key'
}
