import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createCertificateAuthority, identities, issueCertificate } from '@kubets/pki'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { CertificateStore, storedCertificate } from './certificate-store.ts'
import { isFor, rotationTime } from './rotate.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kubets-certificates-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

const issued = async (names: { dnsNames: string[]; ipAddresses: string[] } = { dnsNames: [], ipAddresses: [] }) =>
  issueCertificate(await createCertificateAuthority('ca'), identities.kubeletServer('a', names))

test('the newest certificate is the current one, in files for their owner only', async () => {
  const store = new CertificateStore(directory, 'kubelet-client')
  expect(await store.current()).toBeUndefined()
  const first = await issued()
  await store.update(first)
  expect(await store.current()).toMatchObject(first)
  const second = await issued()
  await store.update(second)
  expect(await store.current()).toMatchObject(second)
  expect((await stat(store.path)).mode & 0o777).toBe(0o600)
  expect(await readFile(store.path, 'utf8')).toBe(second.cert + second.key)
  expect(
    (await readdir(directory)).filter(name => !/^kubelet-client-(current|\d{4}(-\d\d){5})\.pem$/.test(name)),
  ).toEqual([])
})

test('half a file is no certificate, and no half of a pair is taken', async () => {
  const store = new CertificateStore(directory, 'kubelet-client')
  const one = await issued()
  await store.update(one)
  await writeFile(store.path, one.cert)
  expect(await store.current()).toBeUndefined()
  await expect(store.update({ cert: one.cert, key: (await issued()).key })).rejects.toThrow(
    'private key does not match',
  )
})

test.each([
  [0, 70],
  [0.5, 80],
  [1, 90],
])('of a random %d it is renewed at %d %% of its life', (random, part) => {
  const certificate = { cert: '', key: '', notBefore: 1_000, notAfter: 2_000 }
  expect(rotationTime(certificate, random)).toBeCloseTo(1_000 + part * 10)
})

test('a certificate without one of the names that the node has now is not for it', async () => {
  const stored = storedCertificate(await issued({ dnsNames: ['a'], ipAddresses: ['10.0.0.1'] }))
  if (stored === undefined) return expect.fail('no certificate')
  const question = (node: string, ip: string) => ({
    signerName: 'kubernetes.io/kubelet-serving' as const,
    names: identities.kubeletServer(node, { dnsNames: ['a'], ipAddresses: [ip] }),
  })
  expect(isFor(stored, question('a', '10.0.0.1'))).toBe(true)
  expect(isFor(stored, question('a', '10.0.0.2'))).toBe(false)
  expect(isFor(stored, question('b', '10.0.0.1'))).toBe(false)
})
