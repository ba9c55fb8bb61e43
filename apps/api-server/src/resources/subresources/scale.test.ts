import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestApiServer, testApiServer } from '../../testing/api-server.ts'

let api: TestApiServer
beforeAll(async () => {
  api = await testApiServer()
})
afterAll(() => api[Symbol.asyncDispose]())

const deployments = '/apis/apps/v1/namespaces/default/deployments'
const template = { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: 'busybox' }] } }
const deployment = (name: string, replicas = 3) => ({
  metadata: { name, annotations: { a: 'b' } },
  spec: { replicas, selector: { matchLabels: { tier: 'x', app: 'web' } }, template: labelled },
})
const labelled = { ...template, metadata: { labels: { app: 'web', tier: 'x' } } }

async function made(name: string, replicas?: number) {
  const created = await api.h2.request('POST', deployments, { body: deployment(name, replicas) })
  expect(created.status).toBe(201)
  return created.json
}

const scale = (method: string, name: string, init?: { body?: unknown; headers?: Record<string, string> }) =>
  api.h2.request(method, `${deployments}/${name}/scale`, init)

describe('the scale of a Deployment', () => {
  it('names its state, its replicas and its selector', async () => {
    const object = await made('shown')
    const { json } = await scale('GET', 'shown')
    const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata
    expect(json).toEqual({
      kind: 'Scale',
      apiVersion: 'autoscaling/v1',
      metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
      spec: { replicas: 3 },
      status: { replicas: 0, selector: 'app=web,tier=x' },
    })
    expect((await scale('GET', 'nobody')).json.message).toBe('deployments.apps "nobody" not found')
  })

  it('is a row of its own in tables', async () => {
    await made('row')
    const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json'
    const { json } = await scale('GET', 'row', { headers: { accept } })
    expect(json.columnDefinitions.map(({ name }: { name: string }) => name)).toEqual([
      'Name',
      'Desired',
      'Available',
      'Age',
    ])
    expect(json.rows[0].cells.slice(0, 3)).toEqual(['row', 3, 0])
  })

  it('is put back with another number: the object’s generation rises, the rest stays', async () => {
    const before = await made('put')
    const { json: read } = await scale('GET', 'put')
    const written = await scale('PUT', 'put', { body: { ...read, spec: { replicas: 5 } } })
    expect([written.status, written.json.kind, written.json.spec]).toEqual([200, 'Scale', { replicas: 5 }])
    const { json: after } = await api.h2.request('GET', `${deployments}/put`)
    expect(after.metadata.generation).toBe(2)
    expect(after.metadata.annotations).toEqual({ a: 'b' })
    expect(after.spec).toEqual({ ...before.spec, replicas: 5 })
    expect(after.metadata.resourceVersion).toBe(written.json.metadata.resourceVersion)
    const stale = await scale('PUT', 'put', { body: { ...read, spec: { replicas: 6 } } })
    expect([stale.status, stale.json.reason]).toEqual([409, 'Conflict'])
  })

  it.each([
    ['application/merge-patch+json', { spec: { replicas: 0 } }],
    ['application/strategic-merge-patch+json', { spec: { replicas: 0 } }],
    ['application/json-patch+json', [{ op: 'replace', path: '/spec/replicas', value: 0 }]],
  ])('is patched by %s', async (type, body) => {
    const name = `patch-${type.split('/')[1]?.split('-patch')[0]}`
    await made(name)
    const patched = await scale('PATCH', name, { body: JSON.stringify(body), headers: { 'content-type': type } })
    expect([patched.status, patched.json.spec]).toEqual([200, {}])
    expect((await api.h2.request('GET', `${deployments}/${name}`)).json.spec.replicas).toBe(0)
  })

  it('changes nothing in a dry run, and stores nothing when nothing changes', async () => {
    await made('dry')
    const body = { metadata: { name: 'dry' }, spec: { replicas: 9 } }
    const dry = await api.h2.request('PUT', `${deployments}/dry/scale?dryRun=All`, { body })
    expect(dry.json.spec.replicas).toBe(9)
    const four = { body: { metadata: { name: 'dry' }, spec: { replicas: 4 } } }
    const { json: written } = await scale('PUT', 'dry', four)
    const same = await scale('PUT', 'dry', four)
    expect([written.spec.replicas, same.json.metadata.resourceVersion]).toEqual([4, written.metadata.resourceVersion])
  })

  it('is refused when it is wrong, or is another’s', async () => {
    await made('wrong')
    const put = (body: object) => scale('PUT', 'wrong', { body })
    const negative = await put({ metadata: { name: 'wrong' }, spec: { replicas: -1 } })
    expect([negative.status, negative.json.message]).toEqual([
      422,
      'Scale.autoscaling "wrong" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0',
    ])
    const other = await put({ metadata: { name: 'wrong', uid: 'x' }, spec: { replicas: 1 } })
    expect([other.status, other.json.reason]).toEqual([409, 'Conflict'])
    const named = await put({ metadata: { name: 'right' }, spec: { replicas: 1 } })
    expect(named.json.message).toBe('the name of the object (right) does not match the name on the URL (wrong)')
    const kind = await put({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'wrong' } })
    expect(kind.status).toBe(400)
    expect((await scale('DELETE', 'wrong')).status).toBe(405)
  })
})

it('is there for every kind with replicas, and for no other', async () => {
  const { json: core } = await api.h2.request('GET', '/api/v1')
  const { json: apps } = await api.h2.request('GET', '/apis/apps/v1')
  const found = [...core.resources, ...apps.resources].filter(({ name }) => name.endsWith('/scale'))
  expect(found.map(({ name, group, version, kind }) => [name, group, version, kind].join(' '))).toEqual([
    'replicationcontrollers/scale autoscaling v1 Scale',
    'deployments/scale autoscaling v1 Scale',
    'replicasets/scale autoscaling v1 Scale',
    'statefulsets/scale autoscaling v1 Scale',
  ])
  const daemons = await api.h2.request('GET', '/apis/apps/v1/namespaces/default/daemonsets/x/scale')
  expect(daemons.status).toBe(404)
})
