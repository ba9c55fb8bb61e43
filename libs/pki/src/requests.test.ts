import { createPublicKey, webcrypto, X509Certificate } from 'node:crypto'
import { expect, test } from 'vitest'
import { createCertificateAuthority, x509 } from './certificates.ts'
import { authorityEnd, requestedNames, signRequest } from './requests.ts'

test('a signed request has the names, the key and the usages that were asked for', async () => {
  const x = await x509()
  const authority = await createCertificateAuthority('kubernetes')
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
  const keys = (await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair
  const csr = await x.Pkcs10CertificateRequestGenerator.create({
    name: [{ O: ['system:nodes'] }, { CN: ['system:node:a'] }],
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      new x.SubjectAlternativeNameExtension([
        { type: 'dns', value: 'a' },
        { type: 'ip', value: '10.0.0.1' },
      ]),
    ],
  })
  const request = csr.toString('pem')
  expect(await requestedNames(request)).toEqual({
    commonName: 'system:node:a',
    organizations: ['system:nodes'],
    emailAddresses: [],
    uris: [],
    dnsNames: ['a'],
    ipAddresses: ['10.0.0.1'],
  })
  const now = Math.floor(Date.now() / 1_000) * 1_000
  const terms = {
    usages: ['server auth', 'digital signature', 'key encipherment'],
    notBefore: now,
    notAfter: now + 60_000,
  }
  const certificate = new X509Certificate(await signRequest(authority, request, terms))
  expect(certificate.subject).toBe('O=system:nodes\nCN=system:node:a')
  expect(certificate.subjectAltName).toBe('DNS:a, IP Address:10.0.0.1')
  expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1'])
  expect(certificate.ca).toBe(false)
  expect(Date.parse(certificate.validTo)).toBe(now + 60_000)
  expect(certificate.verify(createPublicKey(authority.cert))).toBe(true)
  expect(certificate.checkIssued(new X509Certificate(authority.cert))).toBe(true)
  const spki = Buffer.from(await webcrypto.subtle.exportKey('spki', keys.publicKey))
  expect(certificate.publicKey.export({ type: 'spki', format: 'der' }).equals(spki)).toBe(true)
})

test('a key of another authority is refused', async () => {
  const [one, other] = await Promise.all([createCertificateAuthority('a'), createCertificateAuthority('b')])
  expect(authorityEnd(one)).toBeGreaterThan(Date.now())
  expect(() => authorityEnd({ cert: one.cert, key: other.key })).toThrow('private key does not match public key')
})
