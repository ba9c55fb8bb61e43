import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { connect, createServer, type SecureVersion, type TLSSocket } from 'node:tls'
import { createCertificateAuthority, issueCertificate, type KeyPair } from '@kubets/pki'
import { beforeAll, expect, it } from 'vitest'
import { fixed } from '../follow/followed.ts'
import { keepServerContext } from './server-context.ts'
import { chainOf, shownCertificate } from './shown-certificate.ts'

let authority: KeyPair
let between: KeyPair
let serving: KeyPair
/** What clients show, and what they send along. */
const clients: Record<string, { cert?: string; key?: string }> = { nothing: {} }
const der = (pem: string | undefined) => new X509Certificate(pem ?? '').raw

beforeAll(async () => {
  authority = await createCertificateAuthority('authority')
  serving = await issueCertificate(authority, { commonName: 'server', dnsNames: ['localhost'], usages: ['server'] })
  between = await issueCertificate(authority, { commonName: 'between', authority: true, usages: [] })
  const strangers = await createCertificateAuthority('strangers')
  const client = (by: KeyPair) => issueCertificate(by, { commonName: 'client', usages: ['client'] })
  clients.one = await client(authority)
  const lower = await client(between)
  clients.chain = { ...lower, cert: lower.cert + between.cert }
  const strange = await client(strangers)
  clients.stranger = { ...strange, cert: strange.cert + strangers.cert }
})

/** The server's end of a connection, its handshake over. */
async function connection(client: string, version: SecureVersion): Promise<TLSSocket & AsyncDisposable> {
  const server = createServer({ requestCert: true, rejectUnauthorized: false })
  keepServerContext(server, {
    pair: fixed(serving),
    clientCa: [fixed(authority.cert)],
    failed: error => {
      throw error
    },
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const secured = once(server, 'secureConnection') as Promise<[TLSSocket]>
  const { port } = server.address() as AddressInfo
  const options = { port, host: '127.0.0.1', servername: 'localhost', ca: serving.cert, rejectUnauthorized: false }
  const socket = connect({ ...options, ...clients[client], minVersion: version, maxVersion: version })
  socket.on('error', () => undefined)
  const [end] = await secured
  return Object.assign(
    end.on('error', () => undefined),
    {
      async [Symbol.asyncDispose]() {
        socket.destroy()
        end.destroy()
        await new Promise(resolve => server.close(resolve))
      },
    },
  )
}

const versions = ['TLSv1.2', 'TLSv1.3'] as const

it.each(versions)('what a client shows is known, and whether it is believed: %s', async version => {
  for (const [client, authorized] of [
    ['nothing', false],
    ['one', true],
    ['chain', true],
    ['stranger', false],
  ] as const) {
    await using end = await connection(client, version)
    const shown = clients[client]?.cert
    expect([client, end.authorized]).toEqual([client, authorized])
    expect(shownCertificate(end)).toEqual(shown === undefined ? undefined : der(shown))
  }
})

it.each(versions)(
  'what came along is still there after the handshake, and after it was asked for: %s',
  async version => {
    await using end = await connection('chain', version)
    // its authority is in the chain as the server knows it
    const chain = [der(between.cert), der(authority.cert)]
    expect(chainOf(end)).toEqual(chain)
    expect(chainOf(end)).toEqual(chain)
    // Node's own way takes it away: it would be gone where Node had gone it before
    expect(end.getPeerX509Certificate()?.issuerCertificate?.raw).toEqual(der(between.cert))
  },
)

it('a connection that has ended shows nothing', async () => {
  const end = await connection('one', 'TLSv1.3')
  await end[Symbol.asyncDispose]()
  expect([shownCertificate(end), chainOf(end)]).toEqual([undefined, []])
})
