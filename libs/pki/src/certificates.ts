import { randomBytes, webcrypto } from 'node:crypto'
import type { AuthorityOptions, CertificateRequest, KeyAlgorithm, KeyPair } from './contract.ts'
import { generateKeys, signingKeyOf } from './key-algorithm.ts'

// The X.509 library takes 66 ms to import: only what makes certificates pays for it.
export async function x509() {
  await import('reflect-metadata')
  const library = await import('@peculiar/x509')
  library.cryptoProvider.set(webcrypto as unknown as Parameters<typeof library.cryptoProvider.set>[0])
  return library
}

const day = 24 * 60 * 60 * 1000
/** Clocks of machines differ: what is issued now must already be valid on one that is a little behind. */
const backdate = 5 * 60 * 1000

/** A new certificate authority, valid for ten years as kubeadm's. */
export async function createCertificateAuthority(commonName: string, options: AuthorityOptions = {}): Promise<KeyPair> {
  const x = await x509()
  const { keys, signingAlgorithm } = await generateKeys(options.keyAlgorithm)
  const now = Date.now()
  const cert = await x.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: [{ CN: [commonName] }],
    notBefore: new Date(now - backdate),
    notAfter: new Date(now + (options.days ?? 3650) * day),
    signingAlgorithm,
    keys,
    extensions: [
      new x.BasicConstraintsExtension(true, undefined, true),
      new x.KeyUsagesExtension(
        x.KeyUsageFlags.digitalSignature | x.KeyUsageFlags.keyEncipherment | x.KeyUsageFlags.keyCertSign,
        true,
      ),
      await x.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ...(isDnsName(commonName) ? [new x.SubjectAlternativeNameExtension([{ type: 'dns', value: commonName }])] : []),
    ],
  })
  return { cert: pem(cert.toString('pem')), key: await privateKeyPem(keys.privateKey) }
}

/** kubeadm names an authority after its common name; one of ours may hold more than a DNS name can. */
const isDnsName = (name: string) => /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(name)

/** Issues a certificate. The authority may be of any kind of key, made here or elsewhere. */
export async function issueCertificate(authority: KeyPair, request: CertificateRequest): Promise<KeyPair> {
  const x = await x509()
  const issuer = new x.X509Certificate(authority.cert)
  const identifier = issuer.getExtension(x.SubjectKeyIdentifierExtension)?.keyId
  const { signingKey, signingAlgorithm } = await signingKeyOf(authority)
  const { keys } = await generateKeys(request.keyAlgorithm)
  const now = Date.now()
  const names = [
    ...(request.dnsNames ?? []).map(value => ({ type: 'dns' as const, value })),
    ...(request.ipAddresses ?? []).map(value => ({ type: 'ip' as const, value })),
  ]
  const usages = request.usages.map(usage =>
    usage === 'client' ? x.ExtendedKeyUsage.clientAuth : x.ExtendedKeyUsage.serverAuth,
  )
  const cert = await x.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: [{ CN: [request.commonName] }, ...(request.organizations ?? []).map(o => ({ O: [o] }))],
    issuer: issuer.subjectName,
    notBefore: new Date(now - backdate),
    notAfter: new Date(now + (request.days ?? 365) * day),
    signingAlgorithm,
    publicKey: keys.publicKey,
    signingKey,
    extensions: [
      new x.BasicConstraintsExtension(false, undefined, true),
      new x.KeyUsagesExtension(x.KeyUsageFlags.digitalSignature | x.KeyUsageFlags.keyEncipherment, true),
      new x.ExtendedKeyUsageExtension(usages),
      identifier === undefined
        ? await x.AuthorityKeyIdentifierExtension.create(issuer.publicKey)
        : new x.AuthorityKeyIdentifierExtension(identifier),
      ...(names.length > 0 ? [new x.SubjectAlternativeNameExtension(names)] : []),
    ],
  })
  return { cert: pem(cert.toString('pem')), key: await privateKeyPem(keys.privateKey) }
}

/** The key pair that signs service account tokens: `{ key, publicKey }`, PEM. */
export async function createSigningKey(keyAlgorithm?: KeyAlgorithm): Promise<{ key: string; publicKey: string }> {
  const { keys } = await generateKeys(keyAlgorithm)
  const spki = Buffer.from(await webcrypto.subtle.exportKey('spki', keys.publicKey))
  return { key: await privateKeyPem(keys.privateKey), publicKey: armour('PUBLIC KEY', spki) }
}

/** 128 random bits with the sign bit clear: DER integers are signed. */
export function serialNumber(): string {
  const bytes = randomBytes(16)
  bytes[0] = (bytes.readUInt8(0) & 0x7f) | 0x40
  return bytes.toString('hex')
}

async function privateKeyPem(key: webcrypto.CryptoKey): Promise<string> {
  return armour('PRIVATE KEY', Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key)))
}

function armour(label: string, der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`
}

export const pem = (text: string) => (text.endsWith('\n') ? text : `${text}\n`)
