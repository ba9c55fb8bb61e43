import { X509Certificate } from 'node:crypto'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, type SecureVersion } from 'node:tls'
import { CertificateFiles, servingCertificate, silentLogger, tlsSettings } from '@kubets/component'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testApiServer, testCertificates } from '../testing/api-server.ts'
import { apiServerNames } from './self-signed.ts'

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kubets-serving-'))
})
const stop = new AbortController()
const files = new CertificateFiles({ logger: silentLogger(), signal: stop.signal })
afterAll(() => {
  stop.abort()
  return rm(directory, { recursive: true, force: true })
})

const options = (name: string, more: object = {}) => ({
  certFile: undefined,
  keyFile: undefined,
  directory: join(directory, name),
  name: 'apiserver',
  selfSigned: apiServerNames({
    advertiseAddress: '192.0.2.7',
    bindAddress: '0.0.0.0',
    serviceAddress: '10.0.0.1',
  }),
  files,
  logger: silentLogger(),
  ...more,
})

describe('without a certificate', () => {
  it('one is made for all names of the server, and used again', async () => {
    const { current: made } = await servingCertificate(options('own'))
    const [own, authority] = made.cert.match(/-----BEGIN[\s\S]*?END CERTIFICATE-----/g) ?? []
    const certificate = new X509Certificate(own ?? '')
    expect(certificate.subject).toMatch(/^CN=192\.0\.2\.7@\d+$/)
    expect(certificate.issuer).toMatch(/^CN=192\.0\.2\.7-ca@\d+$/)
    expect(certificate.verify(new X509Certificate(authority ?? '').publicKey)).toBe(true)
    for (const name of ['kubernetes.default.svc', 'kubernetes.default', 'kubernetes', 'localhost'])
      expect(certificate.checkHost(name), name).toBe(name)
    for (const ip of ['192.0.2.7', '10.0.0.1']) expect(certificate.checkIP(ip), ip).toBe(ip)
    expect((await stat(join(directory, 'own/apiserver.key'))).mode & 0o777).toBe(0o600)
    expect((await servingCertificate(options('own'))).current).toEqual(made)
  })

  it('half of a pair is an error', async () => {
    await servingCertificate(options('half'))
    await rm(join(directory, 'half/apiserver.key'))
    await expect(servingCertificate(options('half'))).rejects.toThrow('must be supplied as a pair')
    const certFile = join(directory, 'half/apiserver.crt')
    await expect(servingCertificate(options('half', { certFile }))).rejects.toThrow(
      '--tls-private-key-file must be set',
    )
    const keyFile = join(directory, 'key.pem')
    await writeFile(keyFile, 'key')
    await expect(servingCertificate(options('half', { certFile, keyFile }))).rejects.toThrow(
      `--tls-cert-file, --tls-private-key-file: ${certFile}, ${keyFile}: the private key cannot be read`,
    )
  })
})

describe('TLS', () => {
  const warnings: unknown[] = []
  const logger = { warn: (message: unknown) => warnings.push(message) } as never
  const settings = (version: string, ...suites: string[]) =>
    tlsSettings({ minVersion: version, cipherSuites: suites }, logger)

  it.each([
    ['', [], 'TLSv1.2', 'TLSv1.2', undefined],
    ['VersionTLS13', [], 'TLSv1.3', 'TLSv1.2', 'refused'],
    [
      'VersionTLS12',
      ['TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384'],
      'ECDHE-ECDSA-AES256-GCM-SHA384',
      'TLSv1.2',
      undefined,
    ],
    ['VersionTLS12', ['TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384'], 'TLSv1.3', 'TLSv1.3', undefined],
  ] as const)(
    'of --tls-min-version=%j and --tls-cipher-suites=%j',
    async (version, suites, expected, spoken, refused) => {
      const { serving } = await testCertificates()
      await using api = await testApiServer({ tls: { ...serving, ...settings(version, ...suites) } })
      const shake = new Promise<string[]>((resolve, reject) => {
        const { port, ca } = api.connection
        const socket = connect({ host: '127.0.0.1', port, ca, maxVersion: spoken as SecureVersion }, () => {
          resolve([socket.getProtocol() ?? '', socket.getCipher().name])
          socket.destroy()
        })
        socket.on('error', reject)
      })
      if (refused) await expect(shake).rejects.toThrow()
      else expect(await shake).toContain(expected)
    },
  )

  it('says which suites are weak, and which are not there', () => {
    warnings.length = 0
    expect(settings('', 'TLS_RSA_WITH_AES_128_GCM_SHA256', 'TLS_RSA_WITH_RC4_128_SHA').ciphers).toMatch(
      /:AES128-GCM-SHA256$/,
    )
    expect(warnings).toEqual([
      "Use of insecure cipher 'TLS_RSA_WITH_AES_128_GCM_SHA256' detected.",
      "Use of insecure cipher 'TLS_RSA_WITH_RC4_128_SHA' detected.",
      'The cipher suite TLS_RSA_WITH_RC4_128_SHA is not in this OpenSSL and has no effect',
    ])
  })
})
