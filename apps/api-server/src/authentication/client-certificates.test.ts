import { X509Certificate } from 'node:crypto'
import type { DetailedPeerCertificate, TLSSocket } from 'node:tls'
import { changeable, fixed } from '@kubets/component'
import { createCertificateAuthority, issueCertificate } from '@kubets/pki'
import { beforeAll, describe, expect, it } from 'vitest'
import { ClientCertificates } from './client-certificates.ts'

let ours: string
let theirs: string
let node: string
/** One that ours have signed by way of somebody between. */
let lower: string
let between: string
beforeAll(async () => {
  const authority = await createCertificateAuthority('ours')
  ours = authority.cert
  theirs = (await createCertificateAuthority('theirs')).cert
  const subject = { commonName: 'system:node:a', organizations: ['system:nodes'] }
  node = (await issueCertificate(authority, { ...subject, usages: ['client'] })).cert
  const middle = await issueCertificate(authority, { commonName: 'between', authority: true, usages: [] })
  between = middle.cert
  lower = (await issueCertificate(middle, { ...subject, usages: ['client'] })).cert
})

/** A connection on which the certificate was shown, with others; what OpenSSL thought of it. */
function connection(authorized = true, [own = '', ...others]: readonly string[] = [node]): TLSSocket {
  const tlv = (tag: number, value: Buffer) => {
    const head = Buffer.from([tag, 0x82, 0, 0])
    head.writeUInt16BE(value.length, 2)
    return Buffer.concat([head, value])
  }
  const der = (pem: string) => new X509Certificate(pem).raw
  const chain = [own, ...others].reduceRight<DetailedPeerCertificate | undefined>(
    (above, pem) => ({ raw: der(pem), ...(above && { issuerCertificate: above }) }) as DetailedPeerCertificate,
    undefined,
  )
  return {
    authorized,
    getSession: () => tlv(0x30, tlv(0xa3, der(own))),
    getPeerCertificate: () => chain,
  } as unknown as TLSSocket
}

describe('a certificate that comes again on another connection', () => {
  it('is known', () => {
    const certificates = new ClientCertificates({ clientCa: fixed(ours), frontProxy: undefined })
    const first = certificates.of(connection())
    expect(first).toMatchObject({ user: { name: 'system:node:a' }, refused: false })
    expect(certificates.of(connection())).toBe(first)
  })

  it('is not believed where OpenSSL refuses it', () => {
    const certificates = new ClientCertificates({ clientCa: fixed(ours), frontProxy: undefined })
    certificates.of(connection())
    expect(certificates.of(connection(false))).toMatchObject({ user: undefined, refused: true })
  })

  it('is not believed once its authority is gone', () => {
    const clientCa = changeable(ours, () => undefined)
    // with two sources each is asked by itself
    const frontProxy = { ca: fixed(theirs), allowedNames: [] }
    const certificates = new ClientCertificates({ clientCa, frontProxy })
    expect(certificates.of(connection()).user?.name).toBe('system:node:a')
    clientCa.set(theirs)
    expect(certificates.of(connection())).toMatchObject({ user: undefined, refused: true })
    clientCa.set(ours)
    expect(certificates.of(connection()).user?.name).toBe('system:node:a')
  })

  it('that nobody vouches for is looked at each time', () => {
    const frontProxy = { ca: fixed(theirs), allowedNames: [] }
    const certificates = new ClientCertificates({ clientCa: fixed(theirs), frontProxy })
    const first = certificates.of(connection())
    expect(first.refused).toBe(true)
    expect(certificates.of(connection())).not.toBe(first)
  })
})

describe('a certificate of an authority between', () => {
  const of = (shown: string[], clientCa = ours, proxyCa = theirs) =>
    new ClientCertificates({ clientCa: fixed(clientCa), frontProxy: { ca: fixed(proxyCa), allowedNames: [] } }).of(
      connection(true, shown),
    )

  it('is believed where what leads to ours came with it', () => {
    expect(of([lower, between])).toMatchObject({ user: { name: 'system:node:a' }, frontProxy: false })
    expect(of([lower])).toMatchObject({ user: undefined, refused: true })
  })

  it('is not what another flag names as its own authority, unless that is asked about', () => {
    // OpenSSL knows both flags' authorities, and finds a way from one's to the other's
    expect(of([lower, between, ours], ours, between)).toMatchObject({ user: undefined, frontProxy: true })
  })

  it('is looked at each time', () => {
    const certificates = new ClientCertificates({ clientCa: fixed(ours), frontProxy: undefined })
    const first = certificates.of(connection(true, [lower, between]))
    expect(first.user?.name).toBe('system:node:a')
    expect(certificates.of(connection(true, [lower, between]))).not.toBe(first)
  })
})

it('a certificate beside which its authority was sent is known when it comes again', () => {
  const certificates = new ClientCertificates({ clientCa: fixed(ours), frontProxy: undefined })
  const first = certificates.of(connection(true, [node, ours]))
  expect(first.user?.name).toBe('system:node:a')
  expect(certificates.of(connection(true, [node, ours]))).toBe(first)
})
