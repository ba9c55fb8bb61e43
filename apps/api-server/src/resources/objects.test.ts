import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestApiServer, testApiServer } from '../testing/api-server.ts'

let api: TestApiServer
beforeAll(async () => {
  api = await testApiServer()
})
afterAll(() => api[Symbol.asyncDispose]())

const path = '/api/v1/namespaces/default/configmaps'
const configMap = (name: string, more: object = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  data: { k: 'v' },
  ...more,
})

describe.each(['h1', 'h2'] as const)('objects over %s', which => {
  const client = () => api[which]

  it('are created, read, changed and deleted', async () => {
    const name = `life-${which}`
    const created = await client().request('POST', path, { body: configMap(name) })
    expect(created.status).toBe(201)
    expect(created.json.metadata).toMatchObject({ name, namespace: 'default' })
    expect(created.json.metadata.uid).toMatch(/^[0-9a-f-]{36}$/)
    expect(created.json.metadata.creationTimestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
    expect(created.headers['audit-id']).toMatch(/^[0-9a-f-]{36}$/)
    expect(Object.keys(created.json)).toEqual(['kind', 'apiVersion', 'metadata', 'data'])
    const read = await client().request('GET', `${path}/${name}`)
    expect(read.text).toBe(created.text)
    const updated = await client().request('PUT', `${path}/${name}`, { body: { ...read.json, data: { k: 'w' } } })
    expect(updated.status).toBe(200)
    expect(updated.json.data).toEqual({ k: 'w' })
    expect(Number(updated.json.metadata.resourceVersion)).toBeGreaterThan(Number(read.json.metadata.resourceVersion))
    const deleted = await client().request('DELETE', `${path}/${name}`)
    expect(deleted.json).toMatchObject({
      kind: 'Status',
      status: 'Success',
      details: { name, kind: 'configmaps', uid: created.json.metadata.uid },
    })
    expect((await client().request('GET', `${path}/${name}`)).status).toBe(404)
  })

  it('are refused in upstream’s words when they are there, gone or stale', async () => {
    const name = `words-${which}`
    await client().request('POST', path, { body: configMap(name) })
    const twice = await client().request('POST', path, { body: configMap(name) })
    expect([twice.status, twice.json.reason, twice.json.message]).toEqual([
      409,
      'AlreadyExists',
      `configmaps "${name}" already exists`,
    ])
    const stale = await client().request('PUT', `${path}/${name}`, {
      body: configMap(name, { metadata: { name, resourceVersion: '1' } }),
    })
    expect([stale.status, stale.json.reason]).toEqual([409, 'Conflict'])
    expect(stale.json.message).toBe(
      `Operation cannot be fulfilled on configmaps "${name}": the object has been modified; please apply your changes to the latest version and try again`,
    )
    const missing = await client().request('GET', `${path}/never`)
    expect(missing.json).toMatchObject({
      reason: 'NotFound',
      message: 'configmaps "never" not found',
      details: { name: 'never', kind: 'configmaps' },
      code: 404,
    })
    const elsewhere = await client().request('POST', '/api/v1/namespaces/nowhere/configmaps', { body: configMap('x') })
    expect([elsewhere.status, elsewhere.json.message]).toEqual([404, 'namespaces "nowhere" not found'])
  })
})

describe('a write', () => {
  it('that changes nothing stores nothing', async () => {
    const first = await api.h2.request('POST', path, { body: configMap('same') })
    const again = await api.h2.request('PUT', `${path}/same`, { body: configMap('same') })
    expect(again.json.metadata.resourceVersion).toBe(first.json.metadata.resourceVersion)
  })

  it('as dry run answers as if and stores nothing', async () => {
    const dry = await api.h2.request('POST', `${path}?dryRun=All`, { body: configMap('dry') })
    expect([dry.status, dry.json.metadata.name, dry.json.metadata.resourceVersion]).toEqual([201, 'dry', undefined])
    expect((await api.h2.request('GET', `${path}/dry`)).status).toBe(404)
    const wrong = await api.h2.request('POST', `${path}?dryRun=Some`, { body: configMap('dry') })
    expect([wrong.status, wrong.json.reason]).toEqual([422, 'Invalid'])
  })

  it('gets a name from generateName', async () => {
    const made = await api.h2.request('POST', path, { body: { metadata: { generateName: 'gen-' } } })
    expect(made.json.metadata.name).toMatch(/^gen-[bcdfghjklmnpqrstvwxz2456789]{5}$/)
  })

  it('takes YAML, and refuses other formats with 415', async () => {
    const yaml = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: from-yaml\ndata:\n  a: "1"\n'
    const made = await api.h2.request('POST', path, { body: yaml, headers: { 'content-type': 'application/yaml' } })
    expect([made.status, made.json.data]).toEqual([201, { a: '1' }])
    const refused = await api.h2.request('POST', path, { body: 'x', headers: { 'content-type': 'text/csv' } })
    expect([refused.status, refused.json.reason]).toEqual([415, 'UnsupportedMediaType'])
  })

  it('tells unknown fields as fieldValidation asks', async () => {
    const body = { metadata: { name: 'fields' }, dta: { a: 'b' } }
    const strict = await api.h2.request('POST', `${path}?fieldValidation=Strict`, { body })
    expect([strict.status, strict.json.message]).toEqual([
      400,
      'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "dta"',
    ])
    const warned = await api.h2.request('POST', `${path}?fieldValidation=Warn&dryRun=All`, { body })
    expect(warned.status).toBe(201)
    expect(warned.headers.warning).toBe('299 - "unknown field \\"dta\\""')
    const duplicate = await api.h2.request('POST', `${path}?fieldValidation=Strict`, {
      body: '{"metadata":{"name":"d"},"data":{"a":"1","a":"2"}}',
      headers: { 'content-type': 'application/json' },
    })
    expect(duplicate.json.message).toContain('duplicate field "data.a"')
    expect(
      (await api.h2.request('POST', `${path}?fieldValidation=Ignore&dryRun=All`, { body })).headers.warning,
    ).toBeUndefined()
  })

  it.each([
    [
      'not JSON',
      '{"metadata":',
      "the object provided is unrecognized (must be of type ConfigMap): couldn't get version/kind",
    ],
    ['another kind', '{"kind":"Secret","apiVersion":"v1"}', 'Secret in version "v1" cannot be handled as a ConfigMap'],
    [
      'a wrong type',
      '{"metadata":{"name":"x"},"data":{"a":1}}',
      'ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal number into Go struct field ConfigMap.data of type string',
    ],
    ['another version', '{"kind":"ConfigMap","apiVersion":"v2"}', 'no kind "ConfigMap" is registered for version "v2"'],
    [
      'another namespace',
      '{"metadata":{"name":"x","namespace":"other"}}',
      'the namespace of the provided object does not match the namespace sent on the request',
    ],
  ])('with %s is refused with 400', async (_what, body, message) => {
    const reply = await api.h1.request('POST', path, { body, headers: { 'content-type': 'application/json' } })
    expect(reply.status).toBe(400)
    expect(reply.json.message).toContain(message)
    expect((await api.h1.request('GET', '/livez')).text).toBe('ok')
  })

  it('that is too large is refused with 413, and the connection lives on', async () => {
    for (const client of [api.h1, api.h2]) {
      const reply = await client.request('POST', path, { body: Buffer.alloc(3 * 1024 * 1024 + 1, 32) })
      expect([reply.status, reply.json.message]).toEqual([413, 'Request entity too large: limit is 3145728'])
      expect((await client.request('GET', '/livez')).text).toBe('ok')
    }
  })
})

describe('a patch', () => {
  const send = (name: string, type: string, body: unknown, query = '') =>
    api.h2.request('PATCH', `${path}/${name}${query}`, {
      body: JSON.stringify(body),
      headers: { 'content-type': `application/${type}` },
    })

  it('changes by JSON patch, merge and strategic merge', async () => {
    await api.h2.request('POST', path, { body: configMap('patched') })
    expect((await send('patched', 'merge-patch+json', { data: { a: '1', k: null } })).json.data).toEqual({ a: '1' })
    expect(
      (await send('patched', 'strategic-merge-patch+json', { metadata: { labels: { x: 'y' } } })).json.metadata.labels,
    ).toEqual({ x: 'y' })
    expect((await send('patched', 'json-patch+json', [{ op: 'add', path: '/data/b', value: '2' }])).json.data).toEqual({
      a: '1',
      b: '2',
    })
    const failing = await send('patched', 'json-patch+json', [{ op: 'test', path: '/data/b', value: '3' }])
    expect([failing.status, failing.json.reason]).toEqual([422, 'Invalid'])
  })

  it('without a resourceVersion never conflicts: a hundred at once all arrive', async () => {
    await api.h2.request('POST', path, { body: configMap('hot') })
    const replies = await Promise.all(
      Array.from({ length: 100 }, (_, i) => send('hot', 'merge-patch+json', { data: { [`n${i}`]: String(i) } })),
    )
    expect(replies.map(r => r.status)).toEqual(Array(100).fill(200))
    expect(Object.keys((await api.h2.request('GET', `${path}/hot`)).json.data)).toHaveLength(101)
  })

  it('with a stale resourceVersion conflicts', async () => {
    const { json } = await api.h2.request('POST', path, { body: configMap('stale') })
    await send('stale', 'merge-patch+json', { data: { a: '1' } })
    const late = await send('stale', 'merge-patch+json', {
      metadata: { resourceVersion: json.metadata.resourceVersion },
      data: { a: '2' },
    })
    expect([late.status, late.json.reason]).toEqual([409, 'Conflict'])
  })

  it('of an unknown kind is refused with 415', async () => {
    const reply = await send('patched', 'fancy-patch+json', {})
    expect(reply.status).toBe(415)
    expect(reply.json.message).toContain('415: Unsupported Media Type')
  })
})

describe('a delete', () => {
  it('waits for finalizers, and ends with the last of them', async () => {
    await api.h2.request('POST', path, {
      body: configMap('held', { metadata: { name: 'held', finalizers: ['example.com/f'] } }),
    })
    const deleted = await api.h2.request('DELETE', `${path}/held`)
    expect(deleted.json.metadata.deletionTimestamp).toBeDefined()
    expect((await api.h2.request('GET', `${path}/held`)).status).toBe(200)
    await api.h2.request('PATCH', `${path}/held`, {
      body: JSON.stringify({ metadata: { finalizers: null } }),
      headers: { 'content-type': 'application/merge-patch+json' },
    })
    expect((await api.h2.request('GET', `${path}/held`)).status).toBe(404)
  })

  it('holds to its preconditions', async () => {
    await api.h2.request('POST', path, { body: configMap('pre') })
    const refused = await api.h2.request('DELETE', `${path}/pre`, { body: { preconditions: { uid: 'other' } } })
    expect(refused.status).toBe(409)
    expect(refused.json.message).toContain('the UID in the precondition (other) does not match the UID in record')
  })

  it('of a collection takes what the selector matches', async () => {
    for (const name of ['c1', 'c2', 'c3'])
      await api.h2.request('POST', path, {
        body: configMap(name, { metadata: { name, labels: { c: name === 'c3' ? 'no' : 'yes' } } }),
      })
    const reply = await api.h2.request('DELETE', `${path}?labelSelector=c%3Dyes`)
    expect(reply.json.items).toHaveLength(2)
    const left = await api.h2.request('GET', `${path}?labelSelector=c`)
    expect(left.json.items.map((i: { metadata: { name: string } }) => i.metadata.name)).toEqual(['c3'])
  })
})

describe('a namespace', () => {
  it('is there from the start, with the kubernetes Service', async () => {
    const { json } = await api.h2.request('GET', '/api/v1/namespaces')
    expect(json.items.map((i: { metadata: { name: string } }) => i.metadata.name)).toEqual([
      'default',
      'kube-node-lease',
      'kube-public',
      'kube-system',
    ])
    const service = await api.h2.request('GET', '/api/v1/namespaces/default/services/kubernetes')
    expect(service.json.spec.clusterIP).toBe('10.96.0.1')
    const endpoints = await api.h2.request('GET', '/api/v1/namespaces/default/endpoints/kubernetes')
    expect(endpoints.json.subsets).toEqual([
      { addresses: [{ ip: '127.0.0.1' }], ports: [{ name: 'https', port: api.server.port, protocol: 'TCP' }] },
    ])
  })

  it('that ends takes nothing new', async () => {
    await api.h2.request('POST', '/api/v1/namespaces', { body: { metadata: { name: 'ending' } } })
    const deleted = await api.h2.request('DELETE', '/api/v1/namespaces/ending')
    expect(deleted.json.status.phase).toBe('Terminating')
    const refused = await api.h2.request('POST', '/api/v1/namespaces/ending/configmaps', { body: configMap('late') })
    expect(refused.status).toBe(403)
    expect(refused.json.message).toBe(
      'configmaps "late" is forbidden: unable to create new content in namespace ending because it is being terminated',
    )
    const finalized = await api.h2.request('GET', '/api/v1/namespaces/ending')
    finalized.json.spec.finalizers = []
    await api.h2.request('PUT', '/api/v1/namespaces/ending/finalize', { body: finalized.json })
    expect((await api.h2.request('GET', '/api/v1/namespaces/ending')).status).toBe(404)
  })

  it('that the system lives in is not deleted', async () => {
    const reply = await api.h2.request('DELETE', '/api/v1/namespaces/kube-system')
    expect([reply.status, reply.json.message]).toEqual([
      403,
      'namespaces "kube-system" is forbidden: this namespace may not be deleted',
    ])
  })
})
