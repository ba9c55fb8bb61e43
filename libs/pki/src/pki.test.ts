import { createPrivateKey, X509Certificate } from 'node:crypto'
import { chown, mkdtemp, readFile, rm, stat, symlink } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, createServer } from 'node:tls'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { kubeconfig, openClusterPki } from './index.ts'
import { writeWhole } from './pem-files.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kubets-pki-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

test('issued certificates carry subject, names and key usage, and are signed by the authority', async () => {
  const pki = await openClusterPki(directory)
  const pair = await pki.issue('apiserver-kubelet-client', {
    commonName: 'kube-apiserver-kubelet-client',
    organizations: ['system:masters'],
    usages: ['client'],
  })
  const cert = new X509Certificate(pair.cert)
  expect(cert.subject).toBe('CN=kube-apiserver-kubelet-client\nO=system:masters')
  expect(cert.verify(new X509Certificate(pki.authority.cert).publicKey)).toBe(true)
  expect(cert.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2'])
  expect(cert.checkPrivateKey(createPrivateKey(pair.key))).toBe(true)
})

test('a TLS server and client with certificates of one authority trust each other', async () => {
  const pki = await openClusterPki(directory)
  const server = await pki.issue('apiserver', {
    commonName: 'kube-apiserver',
    ipAddresses: ['127.0.0.1'],
    usages: ['server'],
  })
  const client = await pki.issue('admin', { commonName: 'kubernetes-admin', usages: ['client'] })
  const ca = pki.authority.cert
  const listener = createServer({ ...server, ca, requestCert: true, rejectUnauthorized: true }, socket => {
    socket.end(String(socket.getPeerCertificate().subject.CN))
  })
  await new Promise<void>(resolve => listener.listen(0, '127.0.0.1', resolve))
  try {
    const { port } = listener.address() as AddressInfo
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port, ca, ...client })
      socket.once('data', data => resolve(data.toString()))
      socket.once('error', reject)
    })
    expect(answer).toBe('kubernetes-admin')
  } finally {
    listener.close()
  }
})

test('what is in the folder is used again, and issued anew when an address is missing', async () => {
  const request = { commonName: 'kube-apiserver', ipAddresses: ['127.0.0.1'], usages: ['server' as const] }
  const first = await (await openClusterPki(directory)).issue('apiserver', request)
  const again = await (await openClusterPki(directory)).issue('apiserver', request)
  expect(again).toEqual(first)
  const wider = await (await openClusterPki(directory)).issue('apiserver', {
    ...request,
    ipAddresses: ['127.0.0.1', '10.0.0.1'],
  })
  expect(wider.cert).not.toBe(first.cert)
  expect(new X509Certificate(wider.cert).checkIP('10.0.0.1')).toBe('10.0.0.1')
})

test('private keys are readable by their owner only', async () => {
  const pki = await openClusterPki(directory)
  await pki.signingKey()
  for (const name of ['ca.key', 'sa.key']) expect((await stat(join(directory, name))).mode & 0o777).toBe(0o600)
})

test("what root writes over stays its owner's, who reads it again", async () => {
  expect(process.getuid?.(), 'this test runs as root').toBe(0)
  const key = join(directory, 'apiserver.key')
  const request = { commonName: 'a', usages: ['server'] as const }
  await (await openClusterPki(directory)).issue('apiserver', request)
  await chown(key, 65_521, 65_520)
  const before = await readFile(key, 'utf8')
  await (await openClusterPki(directory)).issue('apiserver', { ...request, ipAddresses: ['127.0.0.1'] })
  expect(await readFile(key, 'utf8')).not.toBe(before)
  const { uid, gid, mode } = await stat(key)
  expect([uid, gid, mode & 0o777]).toEqual([65_521, 65_520, 0o600])
  // nor is it written through a link that somebody put there
  await symlink(join(directory, 'elsewhere'), `${key}.new`)
  await expect(writeWhole(key, 'x', 0o600)).rejects.toThrow('ELOOP')
})

test('a kubeconfig file names one cluster, one user and one context', async () => {
  const { parse } = await import('yaml')
  const config = parse(
    kubeconfig({ server: 'https://127.0.0.1:6443', ca: 'CA', user: { name: 'admin', token: 't"k' } }),
  )
  expect(config['current-context']).toBe('kubets')
  expect(config.users[0].user.token).toBe('t"k')
  expect(Buffer.from(config.clusters[0].cluster['certificate-authority-data'], 'base64').toString()).toBe('CA')
})
