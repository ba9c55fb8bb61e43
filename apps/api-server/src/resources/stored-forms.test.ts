import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { builtinSchemas, type KubeObject, openProtobuf, protobufContentType, sealProtobuf } from '@kubets/api-types'
import { type KeyValueStore, openEmbeddedStore } from '@kubets/storage'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { testApiServer } from '../testing/api-server.ts'
import type { StorageMediaType } from './stored-forms.ts'

const directories: string[] = []
afterAll(async () => {
  for (const directory of directories) await rm(directory, { recursive: true, force: true })
})
let store: KeyValueStore
beforeEach(async () => {
  const directory = await mkdtemp(join(tmpdir(), 'kubets-forms-'))
  directories.push(directory)
  store = await openEmbeddedStore({ directory })
  return () => store.close()
})

const serve = (storageMediaType: StorageMediaType = 'application/json') => testApiServer({ store, storageMediaType })
const merge = { 'content-type': 'application/merge-patch+json' }
const uid = '6f1f3c5e-3c0a-4d65-9d0c-0b1c0c6f3a11'
const meta = (name: string, more: object = {}) => ({
  name,
  namespace: 'default',
  uid,
  creationTimestamp: '2026-01-01T00:00:00Z',
  ...more,
})
const path = '/api/v1/namespaces/default/configmaps'
const configMap = (name: string, more: object = {}) => ({
  kind: 'ConfigMap',
  apiVersion: 'v1',
  metadata: meta(name, more),
  data: { a: 'b' },
})
/** As Go writes it. */
const json = (object: unknown) => Buffer.from(`${JSON.stringify(object)}\n`)
const protobuf = (schema: string, object: { apiVersion: string; kind: string }) =>
  sealProtobuf(object.apiVersion, object.kind, builtinSchemas.get(schema).encodeProtobuf(object))
const put = (key: string, value: Uint8Array) => store.put({ key, value, expected: 0 })
const storedValue = async (key: string) => Buffer.from((await store.get(key)).kv?.value ?? [])

describe.each(['protobuf', 'JSON'])('an object that kube-apiserver wrote in %s', form => {
  const key = '/registry/configmaps/default/theirs'
  const write = (more: object = {}) => {
    const object = configMap('theirs', more)
    return put(key, form === 'JSON' ? json(object) : protobuf('io.k8s.api.core.v1.ConfigMap', object))
  }

  test('is there at the start, is changed, and is ours then', async () => {
    await write()
    await using on = await serve()
    const found = await on.h2.request('GET', `${path}/theirs`)
    expect(found.json).toMatchObject({ metadata: { uid }, data: { a: 'b' } })
    expect((await on.h2.request('GET', path)).json.items).toHaveLength(1)
    const changed = await on.h2.request('PATCH', `${path}/theirs`, { body: { data: { c: 'd' } }, headers: merge })
    expect(changed.json.data).toEqual({ a: 'b', c: 'd' })
    expect((await storedValue(key)).toString()).toMatch(/^\{"kind":"ConfigMap","apiVersion":"v1".*\}$/)
  })

  test('comes by watch, as one line', async () => {
    await using on = await serve()
    const watched = await on.h2.stream('GET', `${path}?watch=true`)
    let text = ''
    watched.body.on('data', chunk => {
      text += chunk
    })
    await write()
    await expect.poll(() => text).toContain('theirs')
    watched.close()
    expect(text.trimEnd().split('\n')).toHaveLength(1)
    expect(JSON.parse(text)).toMatchObject({ type: 'ADDED', object: { data: { a: 'b' } } })
  })

  test('is written anew by an update that changes nothing, once', async () => {
    await write()
    await using on = await serve()
    const found = await on.h2.request('GET', `${path}/theirs`)
    const dry = await on.h2.request('PUT', `${path}/theirs?dryRun=All`, { body: found.json })
    expect(dry.status).toBe(200)
    expect((await storedValue(key)).toString('latin1')).not.toMatch(/^\{.*\}$/)
    const first = await on.h2.request('PUT', `${path}/theirs`, { body: found.json })
    expect((await storedValue(key)).toString('latin1')).toMatch(/^\{.*\}$/)
    const second = await on.h2.request('PUT', `${path}/theirs`, { body: first.json })
    expect(second.json.metadata.resourceVersion).toBe(first.json.metadata.resourceVersion)
  })

  test('that is being deleted is said to be when its name is wanted', async () => {
    await write({ deletionTimestamp: '2026-01-01T00:00:00Z', deletionGracePeriodSeconds: 0, finalizers: ['a.b/c'] })
    await using on = await serve()
    const answer = await on.h2.request('POST', path, { body: { metadata: { name: 'theirs' } } })
    expect(answer.json.message).toBe('object is being deleted: configmaps "theirs" already exists')
  })
})

test('another version than is stored today is converted and defaulted', async () => {
  const scaler = {
    kind: 'HorizontalPodAutoscaler',
    apiVersion: 'autoscaling/v1',
    metadata: meta('old'),
    spec: {
      scaleTargetRef: { kind: 'Deployment', name: 'd', apiVersion: 'apps/v1' },
      maxReplicas: 3,
      targetCPUUtilizationPercentage: 70,
    },
  }
  await put(
    '/registry/horizontalpodautoscalers/default/old',
    protobuf('io.k8s.api.autoscaling.v1.HorizontalPodAutoscaler', scaler),
  )
  await using on = await serve()
  const found = await on.h2.request('GET', '/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers/old')
  expect(found.json).toMatchObject({
    apiVersion: 'autoscaling/v2',
    spec: { minReplicas: 1, metrics: [{ resource: { name: 'cpu', target: { averageUtilization: 70 } } }] },
  })
})

test('a definition is read in v1beta1, which kube-apiserver stores', async () => {
  const definition = {
    kind: 'CustomResourceDefinition',
    apiVersion: 'apiextensions.k8s.io/v1beta1',
    metadata: { name: 'ducks.a.io', uid, creationTimestamp: '2026-01-01T00:00:00Z' },
    spec: {
      group: 'a.io',
      version: 'v1',
      names: { plural: 'ducks', singular: 'duck', kind: 'Duck', listKind: 'DuckList' },
      scope: 'Namespaced',
      validation: { openAPIV3Schema: { type: 'object' } },
      subresources: { status: {} },
      additionalPrinterColumns: [{ name: 'A', type: 'string', JSONPath: '.spec.a' }],
      versions: [
        { name: 'v1', served: true, storage: true },
        { name: 'v2', served: true, storage: false },
      ],
      conversion: {
        strategy: 'Webhook',
        webhookClientConfig: { url: 'https://a.io/convert' },
        conversionReviewVersions: ['v1'],
      },
      preserveUnknownFields: false,
    },
    status: { conditions: [], acceptedNames: { plural: '', kind: '' }, storedVersions: ['v1'] },
  }
  await put('/registry/apiextensions.k8s.io/customresourcedefinitions/ducks.a.io', json(definition))
  await using on = await serve()
  const { json: found } = await on.h2.request(
    'GET',
    '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/ducks.a.io',
  )
  const version = (name: string, storage: boolean) => ({
    name,
    served: true,
    storage,
    schema: { openAPIV3Schema: { type: 'object' } },
    subresources: { status: {} },
    additionalPrinterColumns: [{ name: 'A', type: 'string', jsonPath: '.spec.a' }],
  })
  expect(found.apiVersion).toBe('apiextensions.k8s.io/v1')
  expect(found.spec).toEqual({
    group: 'a.io',
    names: definition.spec.names,
    scope: 'Namespaced',
    versions: [version('v1', true), version('v2', false)],
    conversion: {
      strategy: 'Webhook',
      webhook: { clientConfig: { url: 'https://a.io/convert' }, conversionReviewVersions: ['v1'] },
    },
  })
})

test('a kind that nobody knows is told, and all others are served', async () => {
  await put('/registry/configmaps/default/odd', sealProtobuf('v9', 'Duck', Buffer.alloc(0)))
  await using on = await serve()
  expect((await on.h2.request('GET', `${path}/odd`)).json.message).toBe(
    'Internal error occurred: no kind "Duck" is registered for version "v9"',
  )
  expect((await on.h2.request('GET', '/api/v1/namespaces/default/secrets')).status).toBe(200)
})

describe('--storage-media-type=application/vnd.kubernetes.protobuf', () => {
  test('writes objects in protobuf, node ports and all, and definitions in JSON', async () => {
    await using on = await serve(protobufContentType)
    await on.h2.request('POST', path, { body: { metadata: { name: 'a' }, data: { a: 'b' } } })
    const value = await storedValue('/registry/configmaps/default/a')
    const { raw, ...type } = openProtobuf(value)
    expect(type).toEqual({ apiVersion: 'v1', kind: 'ConfigMap' })
    const object = builtinSchemas.get('io.k8s.api.core.v1.ConfigMap').decodeProtobuf(raw) as unknown as KubeObject
    expect(object).toMatchObject({ metadata: { name: 'a' }, data: { a: 'b' } })
    expect(object.metadata?.resourceVersion ?? '').toBe('')
    expect(openProtobuf(await storedValue('/registry/ranges/servicenodeports')).kind).toBe('RangeAllocation')
    const services = '/api/v1/namespaces/default/services'
    const service = { metadata: { name: 's' }, spec: { type: 'NodePort', ports: [{ port: 80 }] } }
    expect((await on.h2.request('POST', services, { body: service })).status).toBe(201)
    const apiService = (
      await store.range({ start: '/registry/apiregistration.k8s.io/', end: '/registry/apiregistration.k8s.io0' })
    ).kvs[0]
    expect(Buffer.from(apiService?.value ?? []).toString()).toMatch(/^\{"kind":"APIService"/)
  })

  test('rewrites JSON by an update that changes nothing, once', async () => {
    {
      await using on = await serve()
      await on.h2.request('POST', path, { body: { metadata: { name: 'a' }, data: { a: 'b' } } })
    }
    await using on = await serve(protobufContentType)
    const found = await on.h2.request('GET', `${path}/a`)
    const first = await on.h2.request('PUT', `${path}/a`, { body: found.json })
    expect(openProtobuf(await storedValue('/registry/configmaps/default/a')).kind).toBe('ConfigMap')
    const second = await on.h2.request('PUT', `${path}/a`, { body: first.json })
    expect(second.json.metadata.resourceVersion).toBe(first.json.metadata.resourceVersion)
    expect(first.json.metadata.resourceVersion).not.toBe(found.json.metadata.resourceVersion)
  })
})
