import { X509Certificate } from 'node:crypto'
import type { TLSSocket } from 'node:tls'
import { changeable, fixed } from '@kubets/component'
import { createCertificateAuthority, issueCertificate } from '@kubets/pki'
import { beforeAll, describe, expect, it } from 'vitest'
import { ClientCertificates } from './client-certificates.ts'

let ours: string
let theirs: string
let node: string
beforeAll(async () => {
  const authority = await createCertificateAuthority('ours')
  ours = authority.cert
  theirs = (await createCertificateAuthority('theirs')).cert
  const subject = { commonName: 'system:node:a', organizations: ['system:nodes'] }
  node = (await issueCertificate(authority, { ...subject, usages: ['client'] })).cert
})

/** A connection on which the certificate was shown; what OpenSSL thought of it. */
const connection = (authorized = true) =>
  ({ authorized, getPeerX509Certificate: () => new X509Certificate(node) }) as unknown as TLSSocket

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
