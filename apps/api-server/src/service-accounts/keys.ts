import { createHash, createPrivateKey, createPublicKey, type KeyObject, X509Certificate } from 'node:crypto'

/** A key as tokens name it. */
export interface TokenKey {
  /** `kid`: upstream's, a digest of the public key. */
  readonly id: string
  /** JWS algorithm that belongs to the key: RS256, ES256, ES384, ES512. */
  readonly algorithm: string
  readonly key: KeyObject
}

/** The key that signs. @throws Error naming what is wrong with it. */
export function signingKey(pem: string): TokenKey {
  const key = readKey(() => createPrivateKey(pem), 'signing')
  return { ...describe(createPublicKey(key)), key }
}

/** Keys that verify: each block of the text is a public key, a private key or a certificate. @throws Error */
export function verifyingKeys(pem: string): TokenKey[] {
  const blocks = pem.match(/-----BEGIN ([A-Z ]+)-----[\s\S]*?-----END \1-----/g) ?? []
  // curves' parameters stand beside old EC keys and say nothing more
  const keys = blocks
    .filter(block => !block.startsWith('-----BEGIN EC PARAMETERS'))
    .map(block => {
      const key = readKey(
        () => (block.includes('BEGIN CERTIFICATE') ? new X509Certificate(block).publicKey : createPublicKey(block)),
        'verification',
      )
      return { ...describe(key), key }
    })
  if (keys.length === 0) throw new Error('data does not contain any valid RSA or ECDSA public keys')
  return keys
}

function readKey(read: () => KeyObject, what: string): KeyObject {
  try {
    return read()
  } catch (cause) {
    throw new Error(`the service account ${what} key cannot be read: it must be PEM of an RSA or ECDSA key`, { cause })
  }
}

const curves: Readonly<Record<string, string>> = { prime256v1: 'ES256', secp384r1: 'ES384', secp521r1: 'ES512' }

function describe(key: KeyObject): Omit<TokenKey, 'key'> {
  const algorithm = key.asymmetricKeyType === 'rsa' ? 'RS256' : curves[key.asymmetricKeyDetails?.namedCurve ?? '']
  if (algorithm === undefined)
    throw new Error('service account keys must be RSA, or ECDSA on the curves P-256, P-384 or P-521')
  const der = key.export({ type: 'spki', format: 'der' })
  return { id: createHash('sha256').update(der).digest('base64url'), algorithm }
}
