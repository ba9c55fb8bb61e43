import { systemClock } from '@kubets/component'
import { expect, it } from 'vitest'
import type { ApiServerOptions } from '../../index.ts'
import { type TestApiServer, testApiServer } from '../../testing/api-server.ts'

/** Ten seconds between two looks are half a second here. */
const hurried = {
  now: () => systemClock.now(),
  after: (ms: number, run: () => void) => systemClock.after(ms / 20, run),
}

const endpoints = '/api/v1/namespaces/default/endpoints/kubernetes'
const slice = '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/kubernetes'

const at = (advertiseAddress: string, options: Partial<ApiServerOptions> = {}) =>
  testApiServer({ advertiseAddress, clock: hurried, ...options })

async function addresses(api: TestApiServer): Promise<string[]> {
  const { json } = await api.h2.request('GET', endpoints)
  return (json.subsets ?? []).flatMap((subset: { addresses: { ip: string }[] }) => subset.addresses.map(({ ip }) => ip))
}

async function sliceAddresses(api: TestApiServer): Promise<string[]> {
  const { json } = await api.h2.request('GET', slice)
  return (json.endpoints ?? []).flatMap((endpoint: { addresses: string[] }) => endpoint.addresses)
}

it('an api-server that joins is in the endpoints and the slice at once, and out of both when it ends', async () => {
  await using first = await at('192.0.2.1')
  expect(await addresses(first)).toEqual(['192.0.2.1'])
  {
    await using second = await at('192.0.2.2', { store: first.store })
    expect(await addresses(first)).toEqual(['192.0.2.1', '192.0.2.2'])
    expect(await sliceAddresses(second)).toEqual(['192.0.2.1', '192.0.2.2'])
  }
  expect(await addresses(first)).toEqual(['192.0.2.1'])
  expect(await sliceAddresses(first)).toEqual(['192.0.2.1'])
  const { store } = first
  await first.server.stop()
  const { kvs } = await store.range({ start: '/registry/masterleases/', end: '/registry/masterleases0' })
  expect(kvs).toEqual([])
})

it('the lease of an api-server is what kube-apiserver writes', async () => {
  await using api = await at('192.0.2.1')
  const { kv } = await api.store.get('/registry/masterleases/192.0.2.1')
  expect(JSON.parse(Buffer.from(kv?.value ?? []).toString())).toEqual({
    kind: 'Endpoints',
    apiVersion: 'v1',
    metadata: { generation: 1 },
    subsets: [{ addresses: [{ ip: '192.0.2.1' }] }],
  })
  expect(kv?.lease).toBeGreaterThan(0n)
  // renewed while it lives
  await expect
    .poll(async () => (await api.store.get('/registry/masterleases/192.0.2.1')).kv?.modRevision)
    .toBeGreaterThan(kv?.modRevision ?? 0)
})

it('one that dies is out of the endpoints when its lease is over', async () => {
  await using api = await at('192.0.2.1')
  const object = { kind: 'Endpoints', apiVersion: 'v1', subsets: [{ addresses: [{ ip: '192.0.2.7' }] }] }
  await api.store.put({
    key: '/registry/masterleases/192.0.2.7',
    value: Buffer.from(JSON.stringify(object)),
    expected: 0,
    lease: await api.store.grantLease(5),
  })
  await expect.poll(() => addresses(api)).toEqual(['192.0.2.1', '192.0.2.7'])
  await expect.poll(() => addresses(api)).toEqual(['192.0.2.1'])
  // written after the endpoints
  await expect.poll(() => sliceAddresses(api)).toEqual(['192.0.2.1'])
})

it('an edit does not stay, and the port follows at a start only', async () => {
  await using api = await at('192.0.2.1')
  const before = (await api.h2.request('GET', endpoints)).json
  const edited = { ...before, subsets: [{ addresses: [{ ip: '192.0.2.9' }], ports: [{ port: 1, name: 'https' }] }] }
  expect((await api.h2.request('PUT', endpoints, { body: edited })).status).toBe(200)
  await expect.poll(() => addresses(api)).toEqual(['192.0.2.1'])
  expect((await api.h2.request('GET', endpoints)).json.subsets[0].ports[0].port).toBe(1)
  await using other = await at('192.0.2.2', { store: api.store })
  expect((await other.h2.request('GET', endpoints)).json.subsets[0].ports[0].port).toBe(other.server.port)
})

it('with master-count there are never more endpoints than servers should be', async () => {
  const counted = { endpointReconcilerType: 'master-count', apiserverCount: 2 } as const
  await using first = await at('192.0.2.1', counted)
  await using _second = await at('192.0.2.2', { ...counted, store: first.store })
  expect(await addresses(first)).toEqual(['192.0.2.1', '192.0.2.2'])
  {
    await using third = await at('192.0.2.3', { ...counted, store: first.store })
    expect((await addresses(third)).length).toBeLessThanOrEqual(2)
  }
  // nobody writes leases
  expect((await first.store.range({ start: '/registry/masterleases/', end: '/registry/masterleases0' })).count).toBe(0)
  await expect.poll(() => addresses(first)).toEqual(['192.0.2.1', '192.0.2.2'])
})

it('with none the endpoints are left to others', async () => {
  await using api = await at('192.0.2.1', { endpointReconcilerType: 'none' })
  expect((await api.h2.request('GET', endpoints)).status).toBe(404)
  expect((await api.h2.request('GET', slice)).status).toBe(404)
  expect((await api.h2.request('GET', '/api/v1/namespaces/default/services/kubernetes')).status).toBe(200)
})
