import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { builtinSchemas, openProtobuf, sealProtobuf } from '@kubets/api-types'
import { type KeyValueStore, openEmbeddedStore } from '@kubets/storage'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { testApiServer } from '../testing/api-server.ts'

const path = '/api/v1/namespaces/default/pods'
const key = '/registry/pods/default/p'
const schema = builtinSchemas.get('io.k8s.api.core.v1.Pod')
const pod = {
  metadata: {
    name: 'p',
    namespace: 'default',
    uid: 'u-1',
    creationTimestamp: '2026-01-02T03:04:05Z',
    labels: { a: 'b' },
  },
  spec: { containers: [{ name: 'c', image: 'i' }], nodeName: 'n1' },
}
/** What kube-apiserver would store of it: fields without defaults are filled in by who reads. */
const asProtobuf = () => sealProtobuf('v1', 'Pod', schema.encodeProtobuf(pod))
const isProtobuf = (bytes: Uint8Array) => Buffer.from(bytes).subarray(0, 4).toString() === 'k8s\0'
const merge = { 'content-type': 'application/merge-patch+json' }

let directory: string
let store: KeyValueStore
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kubets-stored-form-'))
  store = await openEmbeddedStore({ directory })
})
afterEach(async () => {
  await store.close()
  await rm(directory, { recursive: true, force: true })
})
const stored = async (of = key) => (await store.get(of)).kv?.value ?? new Uint8Array(0)

describe('an object that is stored in protobuf', () => {
  it('is read, listed, selected by its labels and fields, and defaulted', async () => {
    await store.put({ key, value: asProtobuf(), expected: 0 })
    await using api = await testApiServer({ store })
    const { status, json } = await api.h2.request('GET', `${path}/p`)
    expect(status).toBe(200)
    expect(json).toMatchObject({ metadata: { uid: 'u-1', labels: { a: 'b' } }, spec: { restartPolicy: 'Always' } })
    for (const query of ['labelSelector=a%3Db', 'fieldSelector=spec.nodeName%3Dn1'])
      expect((await api.h2.request('GET', `${path}?${query}`)).json.items).toHaveLength(1)
    const again = await api.h2.request('POST', path, { body: pod })
    expect([again.status, again.json.reason]).toEqual([409, 'AlreadyExists'])
  })

  it('is seen by a watch when somebody else writes it', async () => {
    await using api = await testApiServer({ store })
    const { json } = await api.h2.request('GET', path)
    await store.put({ key, value: asProtobuf(), expected: 0 })
    const query = `watch=true&timeoutSeconds=1&resourceVersion=${json.metadata.resourceVersion}`
    const { text } = await api.h2.request('GET', `${path}?${query}`)
    expect(JSON.parse(text.split('\n')[0] ?? '')).toMatchObject({ type: 'ADDED', object: { metadata: { uid: 'u-1' } } })
  })

  it('is written anew as JSON by an update that changes nothing, once', async () => {
    await store.put({ key, value: asProtobuf(), expected: 0 })
    await using api = await testApiServer({ store })
    const nothing = () => api.h2.request('PATCH', `${path}/p`, { body: {}, headers: merge })
    const before = (await api.h2.request('GET', `${path}/p`)).json.metadata.resourceVersion
    const first = (await nothing()).json.metadata.resourceVersion
    expect(Number(first)).toBeGreaterThan(Number(before))
    expect((await stored())[0]).toBe('{'.charCodeAt(0))
    expect((await nothing()).json.metadata.resourceVersion).toBe(first)
  })

  it('that nobody can read disturbs no other', async () => {
    const broken = Buffer.concat([asProtobuf().subarray(0, 30), Buffer.from([0xff, 0xff])])
    await store.put({ key: '/registry/pods/default/broken', value: broken, expected: 0 })
    await store.put({ key, value: asProtobuf(), expected: 0 })
    await using api = await testApiServer({ store })
    expect((await api.h2.request('GET', `${path}/p`)).status).toBe(200)
  })
})

describe('--storage-media-type=application/vnd.kubernetes.protobuf', () => {
  it('writes protobuf, but for the kinds that upstream keeps in JSON', async () => {
    await using api = await testApiServer({ store, storageMediaType: 'application/vnd.kubernetes.protobuf' })
    const { json } = await api.h2.request('POST', path, { body: pod })
    const bytes = await stored()
    expect(isProtobuf(bytes)).toBe(true)
    const { apiVersion, kind, raw } = openProtobuf(bytes)
    expect([apiVersion, kind]).toEqual(['v1', 'Pod'])
    const { resourceVersion: _, ...metadata } = json.metadata
    expect(schema.decodeProtobuf(raw)).toMatchObject({ metadata: { name: 'p', uid: metadata.uid }, spec: json.spec })
    expect((await api.h2.request('GET', `${path}/p`)).json).toEqual(json)
    const { kvs } = await store.range({
      start: '/registry/apiregistration.k8s.io/',
      end: '/registry/apiregistration.k8s.io0',
    })
    expect(kvs.length).toBeGreaterThan(10)
    expect(kvs.some(({ value }) => isProtobuf(value))).toBe(false)
  })

  it('writes JSON of before anew when it is updated', async () => {
    {
      await using api = await testApiServer({ store })
      await api.h2.request('POST', path, { body: pod })
    }
    await using api = await testApiServer({ store, storageMediaType: 'application/vnd.kubernetes.protobuf' })
    const { json } = await api.h2.request('PATCH', `${path}/p`, { body: {}, headers: merge })
    expect(isProtobuf(await stored())).toBe(true)
    const again = await api.h2.request('PATCH', `${path}/p`, { body: {}, headers: merge })
    expect(again.json.metadata.resourceVersion).toBe(json.metadata.resourceVersion)
  })
})

it('a definition in the form of long ago, which kube-apiserver still writes, is shown as v1 and written anew', async () => {
  const definition = {
    kind: 'CustomResourceDefinition',
    apiVersion: 'apiextensions.k8s.io/v1beta1',
    metadata: { name: 'ducks.example.com', uid: 'u-2', creationTimestamp: '2026-01-02T03:04:05Z', generation: 1 },
    spec: {
      group: 'example.com',
      version: 'v1',
      names: { plural: 'ducks', singular: 'duck', kind: 'Duck', listKind: 'DuckList' },
      scope: 'Namespaced',
      validation: { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object' } } } },
      subresources: { status: {} },
      versions: [{ name: 'v1', served: true, storage: true }],
      additionalPrinterColumns: [{ name: 'Age', type: 'date', JSONPath: '.metadata.creationTimestamp' }],
      conversion: { strategy: 'None' },
      preserveUnknownFields: false,
    },
  }
  const at = '/registry/apiextensions.k8s.io/customresourcedefinitions/ducks.example.com'
  await store.put({ key: at, value: Buffer.from(JSON.stringify(definition)), expected: 0 })
  await using api = await testApiServer({ store })
  const url = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/ducks.example.com'
  const { json } = await api.h2.request('GET', url)
  expect(json.apiVersion).toBe('apiextensions.k8s.io/v1')
  expect(json.spec).toEqual({
    group: 'example.com',
    names: definition.spec.names,
    scope: 'Namespaced',
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: definition.spec.validation,
        subresources: { status: {} },
        additionalPrinterColumns: [{ name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' }],
      },
    ],
    conversion: { strategy: 'None' },
  })
  await api.h2.request('PATCH', url, { body: { metadata: { labels: { a: 'b' } } }, headers: merge })
  expect(JSON.parse(Buffer.from(await stored(at)).toString()).apiVersion).toBe('apiextensions.k8s.io/v1')
})
