import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { CertificateFiles, silentLogger } from '@kubets/component'
import { createCertificateAuthority, issueCertificate } from '@kubets/pki'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { type TestApiServer, testApiServer, testCertificates } from '../testing/api-server.ts'
import { namedCertificates, parseNamedCertificate } from './named-certificates.ts'

it.each([
  ['a.crt,a.key', { cert: 'a.crt', key: 'a.key', names: [] }],
  [' a.crt , a.key : x.example , *.y.example ', { cert: 'a.crt', key: 'a.key', names: ['x.example', '*.y.example'] }],
])('%j is a pair and its names', (value, parts) => {
  expect(parseNamedCertificate(value)).toEqual(parts)
})

it.each([
  ['a.crt', 'expected comma separated certificate and key file paths'],
  ['a.crt,a.key,b.key', 'expected comma separated certificate and key file paths'],
  ['a.crt,a.key:', 'empty names list is not allowed'],
])('%j is refused: %s', (value, why) => {
  expect(() => parseNamedCertificate(value)).toThrow(
    `invalid argument ${JSON.stringify(value)} for "--tls-sni-cert-key" flag: ${why}`,
  )
})

const stop = new AbortController()
let directory: string
let api: TestApiServer

/** A pair of files with a certificate of this common name, for these names. */
async function pair(commonName: string, ...dnsNames: string[]): Promise<string> {
  const authority = await createCertificateAuthority('test')
  const made = await issueCertificate(authority, { commonName, dnsNames, usages: ['server'] })
  const at = (end: string) => join(directory, `${dnsNames[0] ?? commonName}.${end}`)
  await writeFile(`${at('key')}.new`, made.key)
  await rename(`${at('key')}.new`, at('key'))
  await writeFile(`${at('crt')}.new`, made.cert)
  await rename(`${at('crt')}.new`, at('crt'))
  return `${at('crt')},${at('key')}`
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kubets-sni-'))
  const files = new CertificateFiles({ logger: silentLogger(), signal: stop.signal })
  const named = await namedCertificates(
    [
      await pair('first', 'a.example'),
      await pair('second', 'a.example.two', 'b.example'),
      `${await pair('wild', 'ignored.example')}:*.example,c.example.org`,
      `${await pair('late', 'late.example')}:c.example.org`,
      `${await pair('address', 'address.example')}:127.0.0.2,address.example`,
    ],
    files,
  )
  const { serving } = await testCertificates()
  api = await testApiServer({ tls: { ...serving, named }, bindAddress: '0.0.0.0' })
})
afterAll(async () => {
  stop.abort()
  await api[Symbol.asyncDispose]()
  await rm(directory, { recursive: true, force: true })
})

/** The common name of the certificate that a client sees who asks for this name. */
const shownTo = (servername: string, host = '127.0.0.1') =>
  new Promise<string>((resolve, reject) => {
    const options = { host, port: api.connection.port, servername, rejectUnauthorized: false }
    const socket = connect(options, () => {
      resolve(String(socket.getPeerCertificate().subject.CN))
      socket.destroy()
    })
    socket.on('error', reject)
  })

it.each([
  ['a.example', 'first'],
  ['A.EXAMPLE', 'first'],
  ['b.example', 'second'],
  ['other.example', 'wild'],
  ['ignored.example', 'wild'],
  ['c.example.org', 'wild'],
  ['d.e.example', 'kube-apiserver'],
  ['localhost', 'kube-apiserver'],
  // common names count where they can be names
  ['second', 'second'],
])('a client that asks for %s is shown the certificate %s', async (servername, name) => {
  expect(await shownTo(servername)).toBe(name)
})

it.each([
  ['127.0.0.1', '', 'kube-apiserver'],
  ['127.0.0.2', '', 'address'],
  ['127.0.0.2', 'a.example', 'first'],
  ['127.0.0.2', 'localhost', 'kube-apiserver'],
])('a client that comes to %s and asks for %j is shown the certificate %s', async (host, servername, name) => {
  expect(await shownTo(servername, host)).toBe(name)
})

it('a renewed one is shown to the next client', async () => {
  await pair('renewed', 'a.example')
  await vi.waitFor(async () => expect(await shownTo('a.example')).toBe('renewed'), { timeout: 10_000, interval: 50 })
})
