import { builtinSchemas, openProtobuf, protobufContentType as protobuf, sealProtobuf } from '@kubets/api-types'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestApiServer, testApiServer } from '../testing/api-server.ts'
import { acceptProtobuf, ask, sealed } from '../testing/protobuf-client.ts'

let api: TestApiServer
beforeAll(async () => {
  api = await testApiServer()
})
afterAll(async () => {
  await api[Symbol.asyncDispose]()
})

const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1'
const mergePatch = { 'content-type': 'application/merge-patch+json' }
const configMaps = '/api/v1/namespaces/default/configmaps'

const configMap = (name: string, data: Record<string, string>) =>
  sealed('v1', 'ConfigMap', 'io.k8s.api.core.v1.ConfigMap', { metadata: { name }, data })

describe.each(['h1', 'h2'] as const)('over %s', version => {
  const client = () => api[version]

  it('creates, reads, updates and deletes in protobuf', async () => {
    const schema = 'io.k8s.api.core.v1.ConfigMap'
    const name = `whole-${version}`
    const created = await ask(client(), 'POST', configMaps, schema, { body: configMap(name, { a: 'b' }) })
    expect(created).toMatchObject({ status: 201, type: protobuf, apiVersion: 'v1', kind: 'ConfigMap' })
    expect(created.object).toMatchObject({ metadata: { name, namespace: 'default' }, data: { a: 'b' } })
    expect(created.object.metadata.uid).toMatch(/^[0-9a-f-]{36}$/)

    const inJson = await client().request('GET', `${configMaps}/${name}`)
    const read = await ask(client(), 'GET', `${configMaps}/${name}`, schema)
    expect(read).toMatchObject({ status: 200, type: protobuf })
    expect({ kind: 'ConfigMap', apiVersion: 'v1', ...read.object }).toEqual(inJson.json)

    const body = sealed('v1', 'ConfigMap', schema, { ...read.object, data: { a: 'c' } })
    const updated = await ask(client(), 'PUT', `${configMaps}/${name}`, schema, { body })
    expect(updated).toMatchObject({ status: 200, object: { data: { a: 'c' } } })
    const again = await ask(client(), 'PUT', `${configMaps}/${name}`, `${meta}.Status`, { body })
    expect(again).toMatchObject({ status: 409, kind: 'Status', object: { reason: 'Conflict', code: 409 } })

    const options = sealed('v1', 'DeleteOptions', `${meta}.DeleteOptions`, { preconditions: { uid: 'another' } })
    const refused = await ask(client(), 'DELETE', `${configMaps}/${name}`, `${meta}.Status`, { body: options })
    expect(refused).toMatchObject({ status: 409, type: protobuf, object: { status: 'Failure' } })
    const deleted = await ask(client(), 'DELETE', `${configMaps}/${name}`, `${meta}.Status`)
    expect(deleted).toMatchObject({ status: 200, kind: 'Status', object: { status: 'Success', details: { name } } })
    const gone = await ask(client(), 'GET', `${configMaps}/${name}`, `${meta}.Status`)
    expect(gone).toMatchObject({ status: 404, type: protobuf, apiVersion: 'v1', kind: 'Status' })
    expect(gone.object).toMatchObject({ reason: 'NotFound', message: `configmaps "${name}" not found` })
  })

  it('lists in pages, plain and compressed, and metadata only', async () => {
    const list = 'io.k8s.api.core.v1.ConfigMapList'
    const value = 'x'.repeat(20_000)
    const names = Array.from({ length: 12 }, (_, i) => `list-${version}-${String(i).padStart(2, '0')}`)
    for (const name of names)
      await ask(client(), 'POST', configMaps, 'io.k8s.api.core.v1.ConfigMap', { body: configMap(name, { value }) })
    const inJson = await client().request('GET', configMaps)
    const whole = await ask(client(), 'GET', configMaps, list)
    expect(whole).toMatchObject({ status: 200, type: protobuf, apiVersion: 'v1', kind: 'ConfigMapList' })
    expect(whole.object).toEqual({ metadata: inJson.json.metadata, items: inJson.json.items })

    const zipped = await client().stream('GET', configMaps, {
      headers: { accept: acceptProtobuf, 'accept-encoding': 'gzip' },
    })
    expect(zipped.headers['content-encoding']).toBe('gzip')
    const { createGunzip } = await import('node:zlib')
    const chunks: Buffer[] = []
    for await (const chunk of zipped.body.pipe(createGunzip())) chunks.push(chunk as Buffer)
    expect(builtinSchemas.get(list).decodeProtobuf(openProtobuf(Buffer.concat(chunks)).raw)).toEqual(whole.object)

    const page = await ask(client(), 'GET', `${configMaps}?limit=5`, list)
    expect(page.object.items).toHaveLength(5)
    expect(page.object.metadata.remainingItemCount).toBeGreaterThan(0)
    const rest = await ask(client(), 'GET', `${configMaps}?continue=${page.object.metadata.continue}`, list)
    expect([...page.object.items, ...rest.object.items]).toEqual(whole.object.items)

    const asMetadata = `${protobuf};as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json`
    const thin = await ask(client(), 'GET', configMaps, `${meta}.PartialObjectMetadataList`, {
      headers: { accept: asMetadata },
    })
    expect(thin).toMatchObject({ apiVersion: 'meta.k8s.io/v1', kind: 'PartialObjectMetadataList' })
    expect(thin.object.items).toEqual(whole.object.items.map((i: { metadata: object }) => ({ metadata: i.metadata })))

    const none = await ask(client(), 'GET', '/api/v1/namespaces/nowhere/configmaps', list)
    expect(none.object.items).toBeUndefined()
  })
})

it('binds and evicts a pod in protobuf', async () => {
  const pods = '/api/v1/namespaces/default/pods'
  await api.h2.request('POST', pods, {
    body: { metadata: { name: 'bound' }, spec: { containers: [{ name: 'c', image: 'i' }] } },
  })
  const binding = sealed('v1', 'Binding', 'io.k8s.api.core.v1.Binding', {
    metadata: { name: 'bound' },
    target: { kind: 'Node', name: 'n1' },
  })
  const status = `${meta}.Status`
  expect(await ask(api.h2, 'POST', `${pods}/bound/binding`, status, { body: binding })).toMatchObject({
    status: 201,
    object: { status: 'Success' },
  })
  const pod = await ask(api.h2, 'GET', `${pods}/bound`, 'io.k8s.api.core.v1.Pod')
  expect(pod.object.spec.nodeName).toBe('n1')
  const eviction = sealed('policy/v1', 'Eviction', 'io.k8s.api.policy.v1.Eviction', {
    metadata: { name: 'bound', namespace: 'default' },
    deleteOptions: { gracePeriodSeconds: 7 },
  })
  expect(await ask(api.h2, 'POST', `${pods}/bound/eviction`, status, { body: eviction })).toMatchObject({
    status: 201,
    object: { status: 'Success' },
  })
  const evicted = await api.h2.request('GET', `${pods}/bound`)
  expect(evicted.json.metadata.deletionGracePeriodSeconds).toBe(7)
})

it('answers each of many creates at once with its own object and revision', async () => {
  const schema = 'io.k8s.api.core.v1.ConfigMap'
  const told = await Promise.all(
    Array.from({ length: 60 }, (_, i) =>
      ask(api.h1, 'POST', configMaps, schema, {
        body: sealed('v1', 'ConfigMap', schema, { metadata: { generateName: 'many-' }, data: { i: String(i) } }),
      }),
    ),
  )
  expect(new Set(told.map(({ object }) => object.metadata.resourceVersion)).size).toBe(60)
  for (const [i, { status, object }] of told.entries()) {
    expect([status, object.data]).toEqual([201, { i: String(i) }])
    const read = await ask(api.h1, 'GET', `${configMaps}/${object.metadata.name}`, schema)
    expect(read.object).toEqual(object)
  }
  const taken = await ask(api.h1, 'POST', configMaps, `${meta}.Status`, {
    body: configMap(told[0]?.object.metadata.name, {}),
  })
  expect(taken).toMatchObject({ status: 409, object: { reason: 'AlreadyExists' } })
})

it('answers a status patch of a pod, whose spec was not read, with all of it', async () => {
  const path = '/api/v1/namespaces/default/pods'
  const schema = 'io.k8s.api.core.v1.Pod'
  const spec = { containers: [{ name: 'c', image: 'i', resources: { limits: { cpu: '0.5' } } }] }
  await api.h1.request('POST', path, { body: { metadata: { name: 'unread' }, spec } })
  const patch = { body: JSON.stringify({ status: { phase: 'Running' } }), headers: mergePatch }
  const patched = await ask(api.h1, 'PATCH', `${path}/unread/status`, schema, patch)
  expect(patched.object).toMatchObject({ spec: { containers: [{ resources: { limits: { cpu: '500m' } } }] } })
  expect(patched.object.status.phase).toBe('Running')
  expect(patched.object).toEqual((await ask(api.h1, 'GET', `${path}/unread`, schema)).object)
})

it('answers in the first form that the client accepts', async () => {
  const path = '/api/v1/namespaces/default'
  const cases: [string, number, string][] = [
    [`${protobuf},application/json`, 200, protobuf],
    [`application/json,${protobuf}`, 200, 'application/json'],
    [`application/json;q=0.5,${protobuf};q=0.9`, 200, protobuf],
    [`${protobuf};q=0,*/*`, 200, 'application/json'],
    [`application/cbor,${protobuf}`, 200, protobuf],
    // a Table has no protobuf form
    [`${protobuf};as=Table;g=meta.k8s.io;v=v1,application/json;as=Table;g=meta.k8s.io;v=v1`, 200, 'application/json'],
    [`${protobuf};as=Table;g=meta.k8s.io;v=v1`, 406, 'application/json'],
  ]
  for (const [wanted, status, type] of cases) {
    const reply = await api.h1.request('GET', path, { headers: { accept: wanted } })
    expect({ status: reply.status, type: reply.headers['content-type'] }, wanted).toEqual({ status, type })
  }
})

it('refuses bodies that are no protobuf, or another kind, with 400', async () => {
  const good = configMap('never', {})
  const cases: [Buffer, RegExp][] = [
    [Buffer.from('{"kind":"ConfigMap"}'), /must be of type ConfigMap.*expected prefix \[107 56 115 0\]/],
    [good.subarray(0, good.length - 10), /must be of type ConfigMap.*unexpected EOF/],
    [Buffer.concat([good.subarray(0, 5), Buffer.from([0xff, 0xff, 0xff, 0xff, 0x7f])]), /unexpected EOF|illegal/],
    [sealProtobuf('v1', 'ConfigMap', Buffer.from('0a0c420a08ffffffffffffffff7f', 'hex')), /year outside of range/],
    [sealed('v1', 'Secret', 'io.k8s.api.core.v1.Secret', {}), /cannot be handled as a ConfigMap/],
  ]
  for (const [body, message] of cases) {
    const answer = await ask(api.h1, 'POST', configMaps, `${meta}.Status`, { body })
    expect(answer).toMatchObject({ status: 400, object: { reason: 'BadRequest' } })
    expect(answer.object.message).toMatch(message)
  }
  const unknown = await api.h1.request('POST', configMaps, {
    body: 'x',
    headers: { 'content-type': 'application/cbor' },
  })
  expect(unknown.status).toBe(415)
  expect(unknown.json.message).toContain(protobuf)
})

it('refuses what protobuf can say and the kind cannot', async () => {
  const pod = (cpu: string) =>
    sealProtobuf(
      'v1',
      'Pod',
      Buffer.from(
        builtinSchemas
          .get('io.k8s.api.core.v1.Pod')
          .encodeProtobuf({
            spec: { containers: [{ name: 'a', image: 'b', resources: { limits: { cpu: '12345' } } }] },
          })
          .toString('latin1')
          .replace('12345', cpu),
        'latin1',
      ),
    )
  // alone, and between bodies that nothing is wrong with
  for (const [cpu, message] of [
    ['xy123', /cannot be handled as a Pod: quantities must match the regular expression/],
    ['10000', /name or generateName is required/],
    ['1.2.3', /cannot be handled as a Pod: quantities must match the regular expression/],
  ] as const) {
    const answer = await ask(api.h1, 'POST', '/api/v1/namespaces/default/pods', `${meta}.Status`, { body: pod(cpu) })
    expect(answer.object.message).toMatch(message)
  }
})
