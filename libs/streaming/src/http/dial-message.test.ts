import { once } from 'node:events'
import { get } from 'node:http'
import { get as secureGet } from 'node:https'
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { createCertificateAuthority, issueCertificate } from '@kubets/pki'
import { expect, test } from 'vitest'
import { dialMessage } from './dial-message.ts'

async function listen(server: Server): Promise<number> {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return (server.address() as AddressInfo).port
}

const failure = async (request: ReturnType<typeof get>) => dialMessage((await once(request, 'error'))[0])

test.each([
  ['127.0.0.1', 'dial tcp 127.0.0.1:1: connect: connection refused'],
  ['::1', 'dial tcp [::1]:1: connect: connection refused'],
])('nobody listens at %s', async (host, words) => {
  expect(await failure(get({ host, port: 1 }))).toBe(words)
})

test('a name that leads to two addresses fails at the first', async () => {
  const twice = { host: 'two.invalid', port: 1, autoSelectFamily: true }
  const addresses = [
    { address: '127.0.0.1', family: 4 },
    { address: '127.0.0.2', family: 4 },
  ]
  const found = (_host: string, _options: object, done: (error: null, all: typeof addresses) => void) =>
    done(null, addresses)
  expect(await failure(get({ ...twice, lookup: found as never }))).toBe(
    'dial tcp 127.0.0.1:1: connect: connection refused',
  )
})

test('a name that leads nowhere', async () => {
  const none = Object.assign(new Error('x'), { syscall: 'getaddrinfo', hostname: 'no.invalid' })
  expect(dialMessage(Object.assign(none, { code: 'ENOTFOUND' }))).toBe('dial tcp: lookup no.invalid: no such host')
  expect(dialMessage(Object.assign(none, { code: 'EAI_AGAIN' }))).toBe(
    'dial tcp: lookup no.invalid: server misbehaving',
  )
})

test('a connection that ends, or breaks, before there is an answer', async () => {
  const server = createTcpServer(socket => {
    socket.on('error', () => undefined)
    socket.once('data', text => (String(text).includes('/end') ? socket.end() : socket.resetAndDestroy()))
  })
  const port = await listen(server)
  expect(await failure(get({ host: '127.0.0.1', port, path: '/end' }))).toBe('EOF')
  expect(await failure(get({ host: '127.0.0.1', port, path: '/break' }))).toBe('read: connection reset by peer')
  server.close()
})

test.each([
  [
    'an authority that we do not know',
    { ipAddresses: ['127.0.0.1'] },
    false,
    'certificate signed by unknown authority',
  ],
  [
    'other addresses',
    { ipAddresses: ['192.0.2.1', '192.0.2.2'] },
    true,
    'certificate is valid for 192.0.2.1, 192.0.2.2, not 127.0.0.1',
  ],
  [
    'names only',
    { dnsNames: ['a.example'] },
    true,
    "cannot validate certificate for 127.0.0.1 because it doesn't contain any IP SANs",
  ],
])('a certificate of %s', async (_what, names, known, words) => {
  const authority = await createCertificateAuthority('kubernetes')
  const server = createTlsServer(await issueCertificate(authority, { commonName: 'x', usages: ['server'], ...names }))
  server.on('tlsClientError', () => undefined)
  const port = await listen(server)
  const request = secureGet({ host: '127.0.0.1', port, ...(known ? { ca: authority.cert } : {}) })
  expect(await failure(request)).toBe(`tls: failed to verify certificate: x509: ${words}`)
  server.close()
})

test('a certificate of other names', async () => {
  const authority = await createCertificateAuthority('kubernetes')
  const dnsNames = ['a.example', 'b.example']
  const server = createTlsServer(await issueCertificate(authority, { commonName: 'x', usages: ['server'], dnsNames }))
  const options = { host: '127.0.0.1', port: await listen(server), ca: authority.cert, servername: 'c.example' }
  expect(await failure(secureGet(options))).toBe(
    'tls: failed to verify certificate: x509: certificate is valid for a.example, b.example, not c.example',
  )
  server.close()
})

test('no TLS at all', async () => {
  const server = createTcpServer(socket => socket.on('error', () => undefined).end('HTTP/1.1 400 Bad Request\r\n\r\n'))
  expect(await failure(secureGet({ host: '127.0.0.1', port: await listen(server) }))).toBe(
    'http: server gave HTTP response to HTTPS client',
  )
  server.close()
})
