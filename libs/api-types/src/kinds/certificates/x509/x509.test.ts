import { describe, expect, it } from 'vitest'
import { authority, ecRequest, ed25519Request, leaf, pssRequest, rsaRequest } from '../testdata/certificates.ts'
import { parseCertificate } from './certificate.ts'
import { parseCertificateRequest } from './certificate-request.ts'
import { readOid, readSequence } from './der.ts'
import { readPem } from './pem.ts'

const only = (pem: string) => readPem(pem)[0]?.bytes ?? Buffer.alloc(0)

describe('certificate requests', () => {
  it.each([
    ['ec', ecRequest],
    ['ed25519', ed25519Request],
    ['rsa', rsaRequest],
    ['rsa', pssRequest],
  ])('of an %s key are read, and hold their signature', (type, pem) => {
    const request = parseCertificateRequest(only(pem))
    expect(request.publicKey.asymmetricKeyType).toBe(type)
    expect(request.signatureError()).toBeUndefined()
  })

  it.each([
    ['x509: ECDSA verification failure', ecRequest],
    ['x509: Ed25519 verification failure', ed25519Request],
    ['crypto/rsa: verification error', rsaRequest],
  ])('that were changed say %s', (message, pem) => {
    const der = Buffer.from(only(pem))
    // a letter of the subject
    const at = der.indexOf(Buffer.from([0x06, 0x03, 0x55, 0x04])) + 7
    der[at] = (der[at] ?? 0) ^ 1
    expect(parseCertificateRequest(der).signatureError()).toBe(message)
  })

  it('that are cut anywhere are refused', () => {
    const der = only(ecRequest)
    for (let end = 0; end < der.length; end++) {
      expect(() => parseCertificateRequest(der.subarray(0, end)), `${end}`).toThrow()
    }
    expect(() => parseCertificateRequest(Buffer.concat([der, Buffer.from([0])]))).toThrow('asn1: structure error')
  })
})

describe('certificates', () => {
  it('say who they are and how long', () => {
    expect(parseCertificate(only(authority)).isAuthority).toBe(true)
    expect(parseCertificate(only(leaf))).toMatchObject({
      isAuthority: false,
      dnsNames: ['a.example'],
      emailAddresses: [],
      notBefore: Date.parse('2024-01-01T00:08:00Z'),
      notAfter: Date.parse('2024-01-01T12:08:00Z'),
    })
  })
})

describe('PEM', () => {
  it('has blocks between other text', () => {
    const text = `# comment\n${authority}junk\n-----BEGIN X Y-----\nA: b\n\nAAAA\n-----END X Y-----\n`
    expect(readPem(text).map(({ type, headers, bytes }) => [type, headers, bytes.length])).toEqual([
      ['CERTIFICATE', 0, only(authority).length],
      ['X Y', 1, 3],
    ])
    expect(readPem('-----BEGIN A-----\nA*A=\n-----END A-----\n')).toEqual([])
    expect(readPem('no block')).toEqual([])
  })
})

describe('DER', () => {
  it('names algorithms', () => {
    const [oid] = readSequence(Buffer.from('3009060760864801650304', 'hex'))
    expect(oid === undefined ? '' : readOid(oid)).toBe('2.16.840.1.101.3.4')
  })
})
