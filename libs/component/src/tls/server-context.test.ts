import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { connect, createServer, type TLSSocket } from 'node:tls'
import { createCertificateAuthority, issueCertificate } from '@kubets/pki'
import { expect, it } from 'vitest'
import { fixed } from '../follow/followed.ts'
import { keepServerContext } from './server-context.ts'

it.each(['TLSv1.2', 'TLSv1.3'] as const)('no session is resumed: %s', async version => {
  const authority = await createCertificateAuthority('authority')
  const serving = await issueCertificate(authority, {
    commonName: 'server',
    dnsNames: ['localhost'],
    usages: ['server'],
  })
  const client = await issueCertificate(authority, { commonName: 'client', usages: ['client'] })
  await using undo = new AsyncDisposableStack()
  const server = createServer({ requestCert: true, rejectUnauthorized: false }, socket => {
    socket.on('error', () => undefined)
    socket.end('hello')
  })
  keepServerContext(server, {
    pair: fixed(serving),
    clientCa: [fixed(authority.cert)],
    failed: error => {
      throw error
    },
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  undo.defer(() => new Promise(resolve => server.close(() => resolve())))
  const { port } = server.address() as AddressInfo
  const come = async (session?: Buffer): Promise<{ socket: TLSSocket; session: Buffer | undefined }> => {
    const socket = connect({
      port,
      host: '127.0.0.1',
      servername: 'localhost',
      ca: authority.cert,
      ...client,
      minVersion: version,
      maxVersion: version,
      ...(session === undefined ? {} : { session }),
    })
    let last: Buffer | undefined
    socket.on('session', one => {
      last = one
    })
    socket.resume()
    await once(socket, 'end')
    return { socket, session: last ?? socket.getSession() }
  }
  const first = await come()
  const second = await come(first.session)
  expect([second.socket.getProtocol(), second.socket.isSessionReused()]).toEqual([version, false])
})
