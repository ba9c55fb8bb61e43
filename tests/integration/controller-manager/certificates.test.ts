import { X509Certificate } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CertificateSigningRequest, ConfigMap, Secret } from '@kubets/api-types'
import { resources } from '@kubets/client'
import { createCertificateAuthority } from '@kubets/pki'
import { expect, test, vi } from 'vitest'
import { startManagedPlane } from './managed-plane.ts'

const base64 = (text: string) => Buffer.from(text).toString('base64')
/** CN=system:node:a, O=system:nodes. */
const request = `-----BEGIN CERTIFICATE REQUEST-----
MIHpMIGRAgEAMC8xFTATBgNVBAoMDHN5c3RlbTpub2RlczEWMBQGA1UEAwwNc3lz
dGVtOm5vZGU6YTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABJmHhixv5hOXJuK/
MqKGpFTNPPQY9kmClJLxiPSZcDnRI/PTmt5iORLfnAnMBh5QFtkkZXn/2lFZKTZZ
ItDW5DqgADAKBggqhkjOPQQDAgNHADBEAiBx4U7t5wZ5++WPyfhjCVE6sdGmLl1U
yL8d9pXUSwJlIwIgUiH1tHv+mNz0CjYDhQwsyBJEbNKByLE87hE3b//TnaU=
-----END CERTIFICATE REQUEST-----
`

test('a kubelet asks, its request is approved and signed; a bootstrap token signs cluster-info and ends', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'kubets-signer-'))
  await using undo = new AsyncDisposableStack()
  undo.defer(() => rm(directory, { recursive: true }))
  const authority = await createCertificateAuthority('kubernetes')
  const files = { cert: join(directory, 'ca.crt'), key: join(directory, 'ca.key') }
  await writeFile(files.cert, authority.cert)
  await writeFile(files.key, authority.key, { mode: 0o600 })
  const plane = undo.use(
    await startManagedPlane({
      controllers: ['*', 'bootstrapsigner', 'tokencleaner'],
      signers: { 'kubernetes.io/kube-apiserver-client-kubelet': files },
    }),
  )
  const { client } = plane

  await client.create<CertificateSigningRequest>(resources.certificateSigningRequests, {
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: { name: 'a' },
    spec: {
      request: base64(request),
      signerName: 'kubernetes.io/kube-apiserver-client-kubelet',
      usages: ['client auth', 'digital signature'],
      expirationSeconds: 3_600,
    },
  })
  await vi.waitFor(
    async () => {
      const { status } = await client.get<CertificateSigningRequest>(resources.certificateSigningRequests, {
        name: 'a',
      })
      expect(status?.conditions).toMatchObject([
        {
          type: 'Approved',
          reason: 'AutoApproved',
          message: 'Auto approving kubelet client certificate after SubjectAccessReview.',
        },
      ])
      const certificate = new X509Certificate(Buffer.from(status?.certificate ?? '', 'base64'))
      expect(certificate.subject).toBe('O=system:nodes\nCN=system:node:a')
      expect(certificate.checkIssued(new X509Certificate(authority.cert))).toBe(true)
    },
    { timeout: 20_000, interval: 100 },
  )

  const token = (id: string, expiration: number) =>
    client.create<Secret>(resources.secrets, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: `bootstrap-token-${id}`, namespace: 'kube-system' },
      type: 'bootstrap.kubernetes.io/token',
      data: {
        'token-id': base64(id),
        'token-secret': base64('0123456789abcdef'),
        'usage-bootstrap-signing': base64('true'),
        expiration: base64(new Date(expiration).toISOString()),
      },
    })
  await token('abcdef', Date.now() + 3_600_000)
  await token('gone00', Date.now() - 1_000)
  const info = { namespace: 'kube-public', name: 'cluster-info' }
  await client.create<ConfigMap>(resources.configMaps, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: info,
    data: { kubeconfig: 'here' },
  })
  await vi.waitFor(
    async () => {
      const { data } = await client.get<ConfigMap>(resources.configMaps, info)
      expect(Object.keys(data ?? {}).sort()).toEqual(['jws-kubeconfig-abcdef', 'kubeconfig'])
      const { items } = await client.list<Secret>(resources.secrets, { namespace: 'kube-system' })
      expect(items.map(({ metadata }) => metadata?.name).filter(name => name?.startsWith('bootstrap-token-'))).toEqual([
        'bootstrap-token-abcdef',
      ])
    },
    { timeout: 20_000, interval: 100 },
  )
}, 60_000)
