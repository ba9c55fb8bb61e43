import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { Agent, request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { TLSSocket } from 'node:tls'
import type { ServiceAccount } from '@kubets/api-types'
import { type ResourceRef, resources } from '@kubets/client'
import { createCertificateAuthority, issueCertificate, type KeyPair, kubeconfig } from '@kubets/pki'
import { freePorts } from '@kubets/storage/etcd-server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ControlPlane, startControlPlane } from './control-plane.ts'
import { startService } from './pki/services.ts'

/** The HTTPS ports of scheduler and controller manager, each asking a real api-server whom it speaks with and what they may. */
const undo = new AsyncDisposableStack()
let plane: ControlPlane
let folder: string
const ports = new Map<string, number>()
const services = ['scheduler', 'controller-manager'] as const

beforeAll(async () => {
  plane = undo.use(await startControlPlane())
  folder = await mkdtemp(join(tmpdir(), 'kubets-secure-serving-'))
  undo.defer(() => rm(folder, { recursive: true, force: true }))
  const free = await freePorts(services.length)
  await Promise.all(
    services.map(async (name, i) => {
      const port = free[i] as number
      ports.set(name, port)
      const { server, ca = '', cert = '', key = '' } = await plane.configOf(`system:kube-${name}`)
      const config = join(folder, `${name}.conf`)
      await writeFile(config, kubeconfig({ server, ca, user: { name, cert, key } }), { mode: 0o600 })
      await startService(undo, name, [
        ...[`--kubeconfig=${config}`, '--bind-address=127.0.0.1', `--secure-port=${port}`, '--leader-elect=false'],
        ...[`--authentication-kubeconfig=${config}`, `--authorization-kubeconfig=${config}`],
        ...[`--cert-dir=${join(folder, name)}`, ...(name === 'scheduler' ? [] : ['--controllers=namespace'])],
      ])
    }),
  )
  await allowMetrics()
}, 60_000)
afterAll(() => undo.disposeAsync())

/** The service account `default/prometheus` may see metrics, nobody else. */
async function allowMetrics() {
  const rbac = (resource: string, kind: string): ResourceRef => ({
    group: 'rbac.authorization.k8s.io',
    version: 'v1',
    resource,
    kind,
    namespaced: false,
  })
  const [apiVersion, apiGroup, name] = ['rbac.authorization.k8s.io/v1', 'rbac.authorization.k8s.io', 'metrics']
  const { client } = plane
  for (const account of ['prometheus', 'other'])
    await client.create<ServiceAccount>(resources.serviceAccounts, {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: account, namespace: 'default' },
    })
  await client.create(rbac('clusterroles', 'ClusterRole'), {
    apiVersion,
    kind: 'ClusterRole',
    metadata: { name },
    rules: [{ nonResourceURLs: ['/metrics'], verbs: ['get'] }],
  } as never)
  await client.create(rbac('clusterrolebindings', 'ClusterRoleBinding'), {
    apiVersion,
    kind: 'ClusterRoleBinding',
    metadata: { name },
    roleRef: { apiGroup, kind: 'ClusterRole', name },
    subjects: [{ kind: 'ServiceAccount', name: 'prometheus', namespace: 'default' }],
  } as never)
}

async function tokenOf(account: string): Promise<string> {
  const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { audiences: [] } }
  const path = `/api/v1/namespaces/default/serviceaccounts/${account}/token`
  const { body } = await plane.client.raw('POST', path, review)
  return JSON.parse(String(body)).status.token
}

interface Who {
  readonly token?: string
  readonly pair?: KeyPair
}

async function get(service: string, path: string, { token, pair }: Who = {}) {
  const ca = await readFile(join(folder, service, `kube-${service}.crt`), 'utf8')
  const agent = new Agent({ ca, ...pair })
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
  return new Promise<{ status: number; body: string; protocol: string | null }>((resolve, reject) =>
    request(`https://127.0.0.1:${ports.get(service)}${path}`, { agent, headers })
      .on('response', answer => {
        const protocol = (answer.socket as TLSSocket).getProtocol()
        text(answer).then(body => resolve({ status: answer.statusCode ?? 0, body, protocol }), reject)
      })
      .on('error', reject)
      .end(),
  )
}

describe.each(services)('the %s', service => {
  it('says to everybody that it is well, over TLS, with a certificate of its own', async () => {
    for (const path of ['/healthz', '/livez', '/readyz'])
      expect(await get(service, path)).toEqual({ status: 200, body: 'ok', protocol: 'TLSv1.3' })
  })

  it('shows nobody else its metrics', async () => {
    const { status, body } = await get(service, '/metrics')
    expect([status, JSON.parse(body)]).toEqual([
      403,
      {
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Failure',
        message: 'forbidden: User "system:anonymous" cannot get path "/metrics"',
        reason: 'Forbidden',
        details: {},
        code: 403,
      },
    ])
  })

  it('shows them whom the api-server allows it, and refuses the others', async () => {
    const { status, body } = await get(service, '/metrics', { token: await tokenOf('prometheus') })
    expect([status, body]).toEqual([
      200,
      expect.stringMatching(/certificate_expiration_timestamp_seconds\{certificate="serving"\}/),
    ])
    const other = await get(service, '/metrics', { token: await tokenOf('other') })
    expect([other.status, JSON.parse(other.body).message]).toEqual([
      403,
      'forbidden: User "system:serviceaccount:default:other" cannot get path "/metrics"',
    ])
    const wrong = await get(service, '/healthz', { token: 'made-up' })
    expect([wrong.status, JSON.parse(wrong.body).reason]).toEqual([401, 'Unauthorized'])
  })

  it("believes certificates of the cluster's authority, which it has looked up there, and of no other", async () => {
    const { cert = '', key = '' } = plane.config
    expect((await get(service, '/metrics', { pair: { cert, key } })).status).toBe(200)
    const foreign = await createCertificateAuthority('kubernetes')
    const pair = await issueCertificate(foreign, {
      commonName: 'kubernetes-admin',
      organizations: ['system:masters'],
      usages: ['client'],
    })
    expect((await get(service, '/metrics', { pair })).status).toBe(401)
  })
})
