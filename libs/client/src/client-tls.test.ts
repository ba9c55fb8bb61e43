import { createSecureServer, type ServerHttp2Session } from 'node:http2'
import type { AddressInfo } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { createCertificateAuthority, issueCertificate, kubeconfig } from '@kubets/pki'
import { expect, onTestFinished, test } from 'vitest'
import { createClient } from './client.ts'
import { loadKubeconfig } from './kubeconfig/load-kubeconfig.ts'
import { resources } from './resources.ts'

/** A TLS server that asks for client certificates and answers with the name that it was shown. */
async function start() {
  const ca = await createCertificateAuthority('test')
  const serving = await issueCertificate(ca, {
    commonName: 'server',
    ipAddresses: ['127.0.0.1'],
    dnsNames: ['kubernetes'],
    usages: ['server'],
  })
  const server = createSecureServer({ ...serving, ca: ca.cert, requestCert: true, rejectUnauthorized: false })
  const sessions = new Set<ServerHttp2Session>()
  server.on('session', session => {
    sessions.add(session)
    session.on('error', () => undefined)
  })
  server.on('sessionError', () => undefined)
  server.on('stream', stream => {
    const peer = (stream.session?.socket as TLSSocket | undefined)?.getPeerCertificate()
    stream.respond({ ':status': 200 })
    stream.end(JSON.stringify({ items: [{ metadata: { name: peer?.subject?.CN ?? 'nobody' } }] }))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    for (const session of sessions) session.destroy()
    await new Promise<void>(resolve => server.close(() => resolve()))
  })
  return { ca, url: `https://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

const nameSeen = async (config: Parameters<typeof createClient>[0]) => {
  await using client = createClient(config)
  return (await client.list(resources.pods)).items[0]?.metadata?.name
}

test('a kubeconfig with a client certificate is all that is needed', async () => {
  const { ca, url } = await start()
  const user = await issueCertificate(ca, { commonName: 'system:kube-scheduler', usages: ['client'] })
  const text = kubeconfig({ server: url, ca: ca.cert, user: { name: 'scheduler', ...user } })
  expect(await nameSeen(await loadKubeconfig({ text }))).toBe('system:kube-scheduler')
})

test('a server that another authority vouches for is refused, and the message says why', async () => {
  const { url } = await start()
  const other = await createCertificateAuthority('other')
  await expect(nameSeen({ server: url, ca: other.cert })).rejects.toThrow(/connect to https:.*certificate/)
  expect(await nameSeen({ server: url, ca: other.cert, insecureSkipTlsVerify: true })).toBe('nobody')
})

test('the name in the certificate is checked, or the one that the kubeconfig gives', async () => {
  const { ca, url } = await start()
  const byName = url.replace('127.0.0.1', 'localhost')
  await expect(nameSeen({ server: byName, ca: ca.cert })).rejects.toThrow("does not match certificate's altnames")
  expect(await nameSeen({ server: byName, ca: ca.cert, tlsServerName: 'kubernetes' })).toBe('nobody')
})
