import {
  builtinCatalogue,
  builtinSchemas,
  decodeWatchFrame,
  type KubeObject,
  openProtobuf,
  protobufContentType as protobuf,
  sealProtobuf,
} from '@kubets/api-types'
import { ObjectGenerator } from '@kubets/api-types/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestApiServer, testApiServer } from '../testing/api-server.ts'
import type { HttpClient, RequestInit } from '../testing/http-client.ts'

let api: TestApiServer
beforeAll(async () => {
  api = await testApiServer()
})
afterAll(async () => {
  await api[Symbol.asyncDispose]()
})

const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1'
/** Versions that api/all leaves off. */
const gatedVersions = [
  'authentication.k8s.io/v1beta1',
  'certificates.k8s.io/v1alpha1',
  'certificates.k8s.io/v1beta1',
  'scheduling.k8s.io/v1alpha2',
  'storagemigration.k8s.io/v1beta1',
]
const accept = `${protobuf},application/json`
const mergePatch = { 'content-type': 'application/merge-patch+json' }
const configMaps = '/api/v1/namespaces/default/configmaps'

function sealed(apiVersion: string, kind: string, schema: string, value: object): Buffer {
  return sealProtobuf(apiVersion, kind, builtinSchemas.get(schema).encodeProtobuf(value))
}

const configMap = (name: string, data: Record<string, string>) =>
  sealed('v1', 'ConfigMap', 'io.k8s.api.core.v1.ConfigMap', { metadata: { name }, data })

interface Answer {
  status: number
  type: unknown
  apiVersion: string
  kind: string
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  object: any
}

/** Sends and reads protobuf; `schema` is what the answer should hold. */
async function ask(
  client: HttpClient,
  method: string,
  path: string,
  schema: string,
  init: RequestInit = {},
): Promise<Answer> {
  const headers = {
    accept,
    ...(init.body === undefined
      ? {}
      : { 'content-type': protobuf, 'content-length': String((init.body as Buffer).length) }),
    ...init.headers,
  }
  const { status, headers: got, body } = await client.stream(method, path, { ...init, headers })
  const chunks: Buffer[] = []
  for await (const chunk of body) chunks.push(chunk as Buffer)
  const { apiVersion, kind, raw } = openProtobuf(Buffer.concat(chunks))
  return { status, type: got['content-type'], apiVersion, kind, object: builtinSchemas.get(schema).decodeProtobuf(raw) }
}

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

    const zipped = await client().stream('GET', configMaps, { headers: { accept, 'accept-encoding': 'gzip' } })
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

  it('watches in frames: initial state, changes, selector transitions, the end of the initial events', async () => {
    const name = `watched-${version}`
    const path = `${configMaps}?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&labelSelector=${encodeURIComponent(`tier=${name}`)}`
    const schema = builtinSchemas.get('io.k8s.api.core.v1.ConfigMap')
    const labelled = (tier: string) => ({ metadata: { name, labels: { tier } } })
    await client().request('POST', configMaps, { body: labelled(name) })
    const reply = await client().stream('GET', path, { headers: { accept } })
    expect(reply.headers['content-type']).toBe(`${protobuf};stream=watch`)
    const frames = watchFrames(reply.body)
    const next = async () => {
      const { value } = await frames.next()
      if (value === undefined) throw new Error('the watch ended')
      const { apiVersion, kind, raw } = openProtobuf(value.object)
      expect({ apiVersion, kind }).toEqual({ apiVersion: 'v1', kind: 'ConfigMap' })
      // biome-ignore lint/suspicious/noExplicitAny: what it holds is what is tested
      return { type: value.type, object: schema.decodeProtobuf(raw) as any }
    }
    expect(await next()).toMatchObject({ type: 'ADDED', object: { metadata: { name } } })
    const bookmark = await next()
    expect(bookmark).toMatchObject({
      type: 'BOOKMARK',
      object: { metadata: { annotations: { 'k8s.io/initial-events-end': 'true' } } },
    })

    const moved = await client().request('PUT', `${configMaps}/${name}`, { body: labelled('elsewhere') })
    const left = await next()
    expect(left).toMatchObject({ type: 'DELETED', object: { metadata: { labels: { tier: name } } } })
    expect(left.object.metadata.resourceVersion).toBe(moved.json.metadata.resourceVersion)
    const back = await client().request('PUT', `${configMaps}/${name}`, { body: labelled(name) })
    expect(await next()).toMatchObject({
      type: 'ADDED',
      object: { metadata: { resourceVersion: back.json.metadata.resourceVersion } },
    })
    await client().request('PUT', `${configMaps}/${name}`, { body: { ...labelled(name), data: { x: 'y' } } })
    expect(await next()).toMatchObject({ type: 'MODIFIED', object: { data: { x: 'y' } } })
    await client().request('DELETE', `${configMaps}/${name}`)
    expect(await next()).toMatchObject({ type: 'DELETED', object: { data: { x: 'y' } } })
    reply.close()
  })
})

describe('what watches are told in protobuf, of the object that was written or of its bytes', () => {
  const meta = { name: 'told', labels: { a: 'b' }, annotations: { long: 'x'.repeat(300), quoted: '"\\u0001' } }
  const container = {
    name: 'c',
    image: 'i',
    env: [{ name: 'E', value: 'v' }],
    resources: { requests: { cpu: '0.5', memory: '1Gi' } },
    livenessProbe: { httpGet: { path: '/', port: 'http' } },
    ports: [{ name: 'http', containerPort: 80 }],
  }
  const condition = { type: 'Ready', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' }
  const kinds = [
    {
      schema: 'io.k8s.api.core.v1.Pod',
      path: '/api/v1/namespaces/default/pods',
      object: { metadata: meta, spec: { containers: [container] } },
      binding: { metadata: { name: 'told' }, target: { kind: 'Node', name: 'n1' } },
      status: { phase: 'Running', conditions: [condition], podIPs: [{ ip: '10.0.0.1' }], podIP: '10.0.0.1' },
    },
    {
      schema: 'io.k8s.api.apps.v1.Deployment',
      path: '/apis/apps/v1/namespaces/default/deployments',
      object: {
        metadata: meta,
        spec: {
          selector: { matchLabels: { a: 'b' } },
          strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '10%', maxUnavailable: 0 } },
          template: { metadata: { labels: { a: 'b' } }, spec: { containers: [container] } },
        },
      },
      status: { replicas: 1, observedGeneration: 1 },
    },
    {
      schema: 'io.k8s.api.core.v1.ConfigMap',
      path: configMaps,
      object: { metadata: meta, data: { text: 'ü' }, binaryData: { bytes: 'AAEC/w==' } },
    },
    {
      schema: 'io.k8s.api.coordination.v1.Lease',
      path: '/apis/coordination.k8s.io/v1/namespaces/default/leases',
      object: { metadata: meta, spec: { holderIdentity: 'h', renewTime: '2026-01-01T00:00:00.123456Z' } },
    },
  ]

  it.each(kinds)('is the same: $schema', async ({ schema, path, object, binding, status }) => {
    // it has encoded nothing itself
    await using other = await testApiServer({ store: api.store })
    const watchers = await Promise.all(
      [api, other].map(({ h2 }) => h2.stream('GET', `${path}?watch=1&labelSelector=a%3Db`, { headers: { accept } })),
    )
    const send = async (method: string, at: string, init: RequestInit) => {
      const answer = await api.h2.request(method, at, init)
      expect(answer.status, answer.text).toBeLessThan(300)
      return answer.json
    }
    await send('POST', path, { body: object })
    const one = `${path}/told`
    const answers = [await send('GET', one, {})]
    if (binding !== undefined) {
      await send('POST', `${one}/binding`, { body: binding })
      answers.push(await send('GET', one, {}))
    }
    if (status !== undefined)
      answers.push(await send('PATCH', `${one}/status`, { headers: mergePatch, body: { status } }))
    const label = { metadata: { labels: { more: 'c' } } }
    answers.push(await send('PATCH', one, { headers: mergePatch, body: label }))
    const { metadata, ...parts } = answers.at(-1)
    answers.push(await send('PUT', one, { body: { ...parts, metadata: { ...metadata, annotations: {} } } }))
    await send('PATCH', one, { headers: mergePatch, body: { metadata: { labels: { a: null } } } })
    const told = await Promise.all(
      watchers.map(async ({ body }) => {
        const seen: { type: string; object: Buffer }[] = []
        for await (const frame of watchFrames(body)) {
          seen.push({ type: frame.type, object: Buffer.from(frame.object) })
          if (frame.type === 'DELETED') break
        }
        return seen
      }),
    )
    expect(told[0]).toEqual(told[1])
    const objects = (told[0] ?? []).map(frame => Buffer.from(openProtobuf(frame.object).raw))
    expect(objects.slice(0, -1)).toEqual(
      answers.map(({ kind: _, apiVersion: __, ...rest }) => builtinSchemas.get(schema).encodeProtobuf(rest)),
    )
    for (const watcher of watchers) watcher.close()
    await api.h2.request('DELETE', one)
  })
})

it('tells a watch that comes too late in its own language', async () => {
  // a server's history begins where it started
  await using later = await testApiServer({ store: api.store })
  const reply = await later.h1.stream('GET', `${configMaps}?watch=1&resourceVersion=1`, { headers: { accept } })
  const frames = []
  for await (const frame of watchFrames(reply.body)) frames.push(frame)
  expect(frames.map(frame => frame.type)).toEqual(['ERROR'])
  const { apiVersion, kind, raw } = openProtobuf(frames[0]?.object ?? new Uint8Array())
  expect({ apiVersion, kind }).toEqual({ apiVersion: 'v1', kind: 'Status' })
  expect(builtinSchemas.get(`${meta}.Status`).decodeProtobuf(raw)).toMatchObject({ code: 410, reason: 'Expired' })
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

it('never fails over what a typed client may send: random objects of every kind', async () => {
  const answers = new Set<number>()
  // in a server of its own: a name that is taken, or a version that is off, would hide what a body does
  await using server = await testApiServer({ runtimeConfig: ['api/all=true', ...gatedVersions] })
  for (const entry of builtinCatalogue.entries.filter(({ stored, verbs }) => stored && verbs.includes('create'))) {
    const prefix = entry.group === '' ? '/api/v1' : `/apis/${entry.group}/${entry.version}`
    const path = `${prefix}${entry.namespaced ? '/namespaces/default' : ''}/${entry.resource}?dryRun=All`
    const apiVersion = entry.group === '' ? entry.version : `${entry.group}/${entry.version}`
    for (let seed = 1; seed <= 20; seed++) {
      const object = new ObjectGenerator(builtinSchemas.message, seed * 31).object(entry.schema)
      const named = { ...object, metadata: { name: `random-${seed}` } }
      const body = sealed(apiVersion, entry.kind, entry.schema, named)
      const reply = await server.h2.request('POST', path, { body, headers: { 'content-type': protobuf } })
      expect(reply.status, `${entry.kind} ${seed}: ${reply.text}`).toBeLessThan(500)
      answers.add(reply.status)
    }
  }
  // 403: what admission says of a random priority; 413: a random schema of 7 MB in a CustomResourceDefinition
  expect([...answers].sort()).toEqual([201, 403, 422])
})

it('answers a write with the bytes that a read then gives: random objects of every kind', async () => {
  await using server = await testApiServer({ runtimeConfig: ['api/all=true', ...gatedVersions] })
  const whole = async (method: string, path: string, init: RequestInit = {}) => {
    const reply = await server.h1.stream(method, path, { ...init, headers: { accept: protobuf, ...init.headers } })
    const chunks: Buffer[] = []
    for await (const chunk of reply.body) chunks.push(chunk as Buffer)
    return { status: reply.status, bytes: Buffer.concat(chunks) }
  }
  const made = new Set<string>()
  for (const entry of builtinCatalogue.entries.filter(({ stored, verbs }) => stored && verbs.includes('create'))) {
    const prefix = entry.group === '' ? '/api/v1' : `/apis/${entry.group}/${entry.version}`
    const path = `${prefix}${entry.namespaced ? '/namespaces/default' : ''}/${entry.resource}`
    const apiVersion = entry.group === '' ? entry.version : `${entry.group}/${entry.version}`
    const write = (method: string, to: string, object: object) =>
      whole(method, to, {
        body: sealed(apiVersion, entry.kind, entry.schema, object),
        headers: { 'content-type': protobuf },
      })
    for (let seed = 1; seed <= 6; seed++) {
      const name = `written-${seed}`
      const random = new ObjectGenerator(builtinSchemas.message, seed * 37).object(entry.schema)
      const created = await write('POST', path, { ...random, metadata: { name, annotations: { 10: 'b', 9: 'a' } } })
      if (created.status !== 201) continue
      const read = await whole('GET', `${path}/${name}`)
      expect(created.bytes.equals(read.bytes), `${entry.kind} ${seed}`).toBe(true)
      const object = builtinSchemas.get(entry.schema).decodeProtobuf(openProtobuf(read.bytes).raw) as KubeObject
      const patch = { body: { metadata: { labels: { seed: name } } }, headers: mergePatch }
      for (const [way, change] of [
        ['update', () => write('PUT', `${path}/${name}`, { ...object, metadata: { ...object.metadata, labels: {} } })],
        ['patch', () => whole('PATCH', `${path}/${name}`, patch)],
      ] as const) {
        const changed = await change()
        if (changed.status !== 200) continue
        made.add(`${way} ${entry.kind}`)
        const again = await whole('GET', `${path}/${name}`)
        expect(changed.bytes.equals(again.bytes), `${way} of ${entry.kind} ${seed}`).toBe(true)
      }
    }
  }
  expect(made.size).toBeGreaterThan(30)
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

async function* watchFrames(body: AsyncIterable<Buffer>) {
  let bytes = Buffer.alloc(0)
  for await (const chunk of body) {
    bytes = Buffer.concat([bytes, chunk])
    for (let frame = decodeWatchFrame(bytes); frame !== undefined; frame = decodeWatchFrame(bytes)) {
      bytes = Buffer.from(frame.rest)
      yield frame
    }
  }
}
