import { createCertificateAuthority } from '@kubets/pki'
import { expect, it, vi } from 'vitest'
import { testApiServer } from '../testing/api-server.ts'
import { apiServerName } from './identity-lease.ts'

const authentication = '/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication'
const leases = '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases'

it('a new cluster has its namespaces, its Service, and an APIService for each group version', async () => {
  await using api = await testApiServer()
  const names = async (path: string) => {
    const { json } = await api.h2.request('GET', path)
    return json.items.map((item: { metadata: { name: string } }) => item.metadata.name)
  }
  expect(await names('/api/v1/namespaces')).toEqual(['default', 'kube-node-lease', 'kube-public', 'kube-system'])
  expect(await names('/api/v1/services')).toEqual(['kubernetes'])
  const service = await api.h2.request('GET', '/api/v1/namespaces/default/services/kubernetes')
  const { clusterIP, clusterIPs, ipFamilies } = service.json.spec
  expect([clusterIPs, ipFamilies]).toEqual([[clusterIP], ['IPv4']])
  const [{ fieldsV1 }] = service.json.metadata.managedFields
  expect(Object.keys(fieldsV1['f:spec'])).toEqual([
    'f:clusterIP',
    'f:internalTrafficPolicy',
    'f:ipFamilyPolicy',
    'f:ports',
    'f:sessionAffinity',
    'f:type',
  ])
  const services = await names('/apis/apiregistration.k8s.io/v1/apiservices')
  expect(services).toContain('v1.')
  expect(services).toContain('v1.coordination.k8s.io')
  expect(services).not.toContain('v1.apiregistration.k8s.io')
  // off by default
  expect(services).not.toContain('v1beta1.authentication.k8s.io')
  const core = await api.h2.request('GET', '/apis/apiregistration.k8s.io/v1/apiservices/v1.')
  expect(core.json.spec).toEqual({ version: 'v1', groupPriorityMinimum: 18_000, versionPriority: 1 })
  expect(core.json.status.conditions[0]).toMatchObject({ type: 'Available', status: 'True', reason: 'Local' })
})

it('others may read whom this server believes, and what they added stays', async () => {
  await using api = await testApiServer()
  const certificate = api.authority.cert.trim()
  const first = await api.h2.request('GET', authentication)
  expect(first.json.data['client-ca-file'].trim()).toBe(certificate)
  const { cert: other } = await createCertificateAuthority('another')
  await using second = await testApiServer({ store: api.store, clientCa: `${api.authority.cert}\n${other}\n` })
  const both = (await second.h2.request('GET', authentication)).json.data['client-ca-file']
  expect(both).toContain(other.trim())
  expect(both.match(/BEGIN/g)).toHaveLength(2)
})

it('roles are made only where they decide something', async () => {
  const reader =
    '/apis/rbac.authorization.k8s.io/v1/namespaces/kube-system/roles/extension-apiserver-authentication-reader'
  await using without = await testApiServer()
  expect((await without.h2.request('GET', reader)).status).toBe(404)
  await using within = await testApiServer({ authorization: ['RBAC'] })
  await vi.waitFor(async () => expect((await within.h2.request('GET', reader)).status).toBe(200))
})

it('a Lease shows that the server lives, and goes when it ends', async () => {
  await using api = await testApiServer()
  const { json } = await api.h2.request('GET', `${leases}/${apiServerName()}`)
  expect(json.spec).toMatchObject({ leaseDurationSeconds: 3600 })
  expect(json.spec.holderIdentity).toMatch(new RegExp(`^${apiServerName()}_[0-9a-f-]{36}$`))
  expect(json.metadata.labels['apiserver.kubernetes.io/identity']).toBe('kube-apiserver')
  await api.server.stop()
  const { kvs } = await api.store.range({ start: '/registry/leases/', end: '/registry/leases0' })
  expect(kvs).toEqual([])
})

it('Leases of servers that are gone are collected', async () => {
  await using first = await testApiServer()
  const dead = {
    metadata: { name: 'apiserver-gone', labels: { 'apiserver.kubernetes.io/identity': 'kube-apiserver' } },
    spec: { holderIdentity: 'x', leaseDurationSeconds: 3600, renewTime: '2020-01-01T00:00:00.000000Z' },
  }
  const kept = { ...dead, metadata: { name: 'somebody-elses' } }
  for (const body of [dead, kept]) expect((await first.h2.request('POST', leases, { body })).status).toBe(201)
  await using second = await testApiServer({ store: first.store })
  expect((await second.h2.request('GET', `${leases}/apiserver-gone`)).status).toBe(404)
  expect((await second.h2.request('GET', `${leases}/somebody-elses`)).status).toBe(200)
})

it('the name of a server is made of its host and stays the same', () => {
  expect(apiServerName('node-1')).toMatch(/^apiserver-[a-z2-7]{26}$/)
  expect(apiServerName('node-1')).toBe(apiServerName('node-1'))
  expect(apiServerName('node-1')).not.toBe(apiServerName('node-2'))
})

it('a ConfigMap tells since when tokens in Secrets are tracked', async () => {
  let now = Date.parse('2026-11-25T23:59:00Z')
  let rounds = 0
  const after = (ms: number, callback: () => void) => {
    const isLoop = ms === 10_000
    if (isLoop) rounds++
    const timer = setTimeout(callback, isLoop ? 5 : ms)
    return () => clearTimeout(timer)
  }
  await using api = await testApiServer({ clock: { now: () => now, after } })
  const path = '/api/v1/namespaces/kube-system/configmaps/kube-apiserver-legacy-service-account-token-tracking'
  const since = async () => (await api.h2.request('GET', path)).json.data?.since
  const { json } = await api.h2.request('GET', path)
  expect(json.data).toEqual({ since: '2026-11-25' })
  expect(json.metadata.managedFields).toMatchObject([{ manager: 'kube-apiserver', operation: 'Update' }])

  // what is no day is mended
  const { name, namespace } = json.metadata
  await api.h2.request('PUT', path, { body: { metadata: { name, namespace }, data: { since: '2026-02-30' } } })
  await vi.waitFor(async () => expect(await since()).toBe('2026-11-25'))

  // servers that do and do not track must not fight over it: it comes back after half an hour
  await api.h2.request('DELETE', path)
  const before = rounds
  await vi.waitFor(() => expect(rounds).toBeGreaterThan(before + 2))
  expect(await since()).toBeUndefined()
  now += 30 * 60_000
  await vi.waitFor(async () => expect(await since()).toBe('2026-11-26'))
})
