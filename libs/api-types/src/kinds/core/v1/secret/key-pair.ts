import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'

interface Block {
  type: string
  pem: string
}

const pemBlock = /-----BEGIN ([^-\n]+)-----\r?\n[^-]*-----END \1-----/g

const blocks = (text: string): Block[] => [...text.matchAll(pemBlock)].map(([pem, type = '']) => ({ type, pem }))

const shown = (skipped: readonly Block[]) => `[${skipped.map(({ type }) => type).join(' ')}]`

/** What is wrong with a certificate and its key, in the words of Go's `tls.X509KeyPair`; undefined when they belong together. */
export function keyPairProblem(certificate: string, key: string): string | undefined {
  const inCertificate = blocks(certificate)
  const leaf = inCertificate.find(({ type }) => type === 'CERTIFICATE')
  if (leaf === undefined) return noCertificate(inCertificate)
  const inKey = blocks(key)
  const keyBlock = inKey.find(({ type }) => type === 'PRIVATE KEY' || type.endsWith(' PRIVATE KEY'))
  if (keyBlock === undefined) return noKey(inKey)
  const publicKey = attempt(() => new X509Certificate(leaf.pem).publicKey)
  if (publicKey === undefined) return 'x509: malformed certificate'
  const privateKey = attempt(() => createPrivateKey(keyBlock.pem))
  if (privateKey === undefined) return 'tls: failed to parse private key'
  if (publicKey.asymmetricKeyType !== privateKey.asymmetricKeyType) {
    return 'tls: private key type does not match public key type'
  }
  return isPair(publicKey, privateKey) ? undefined : 'tls: private key does not match public key'
}

function noCertificate(found: readonly Block[]): string {
  if (found.length === 0) return 'tls: failed to find any PEM data in certificate input'
  if (found.length === 1 && found[0]?.type.endsWith('PRIVATE KEY')) {
    return 'tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched'
  }
  return `tls: failed to find "CERTIFICATE" PEM block in certificate input after skipping PEM blocks of the following types: ${shown(found)}`
}

function noKey(found: readonly Block[]): string {
  if (found.length === 0) return 'tls: failed to find any PEM data in key input'
  if (found.length === 1 && found[0]?.type === 'CERTIFICATE') {
    return 'tls: found a certificate rather than a key in the PEM for the private key'
  }
  return `tls: failed to find PEM block with type ending in "PRIVATE KEY" in key input after skipping PEM blocks of the following types: ${shown(found)}`
}

/** The public half that the private key carries is the certificate's. */
function isPair(publicKey: KeyObject, privateKey: KeyObject): boolean {
  const [shown, held] = [publicKey, privateKey].map(key => key.export({ format: 'jwk' }))
  return (['n', 'e', 'x', 'y', 'crv'] as const).every(part => shown?.[part] === held?.[part])
}

function attempt<T>(make: () => T): T | undefined {
  try {
    return make()
  } catch {
    return undefined
  }
}
