import { builtinSchemas, openProtobuf, protobufContentType as protobuf } from '@kubets/api-types'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestApiServer, testApiServer } from '../testing/api-server.ts'
import type { RequestInit } from '../testing/http-client.ts'
import { acceptProtobuf, watchFrames } from '../testing/protobuf-client.ts'

let api: TestApiServer
beforeAll(async () => {
  api = await testApiServer()
})
afterAll(async () => {
  await api[Symbol.asyncDispose]()
})

const mergePatch = { 'content-type': 'application/merge-patch+json' }
const configMaps = '/api/v1/namespaces/default/configmaps'

describe.each(['h1', 'h2'] as const)('over %s', version => {
  const client = () => api[version]

  it('watches in frames: initial state, changes, selector transitions, the end of the initial events', async () => {
    const name = `watched-${version}`
    const path = `${configMaps}?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&labelSelector=${encodeURIComponent(`tier=${name}`)}`
    const schema = builtinSchemas.get('io.k8s.api.core.v1.ConfigMap')
    const labelled = (tier: string) => ({ metadata: { name, labels: { tier } } })
    await client().request('POST', configMaps, { body: labelled(name) })
    const reply = await client().stream('GET', path, { headers: { accept: acceptProtobuf } })
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
      [api, other].map(({ h2 }) =>
        h2.stream('GET', `${path}?watch=1&labelSelector=a%3Db`, { headers: { accept: acceptProtobuf } }),
      ),
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
  const reply = await later.h1.stream('GET', `${configMaps}?watch=1&resourceVersion=1`, {
    headers: { accept: acceptProtobuf },
  })
  const frames = []
  for await (const frame of watchFrames(reply.body)) frames.push(frame)
  expect(frames.map(frame => frame.type)).toEqual(['ERROR'])
  const { apiVersion, kind, raw } = openProtobuf(frames[0]?.object ?? new Uint8Array())
  expect({ apiVersion, kind }).toEqual({ apiVersion: 'v1', kind: 'Status' })
  expect(builtinSchemas.get('io.k8s.apimachinery.pkg.apis.meta.v1.Status').decodeProtobuf(raw)).toMatchObject({
    code: 410,
    reason: 'Expired',
  })
})
