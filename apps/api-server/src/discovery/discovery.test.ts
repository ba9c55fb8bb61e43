import { builtinSchemas, openProtobuf, protobufContentType } from '@kubets/api-types'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestApiServer, testApiServer } from '../testing/api-server.ts'
import { compareVersions } from './groups.ts'

let api: TestApiServer
beforeAll(async () => {
  api = await testApiServer()
})
afterAll(() => api[Symbol.asyncDispose]())

const aggregated = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'
const get = (path: string, headers: Record<string, string> = {}) => api.h2.request('GET', path, { headers })

describe('discovery', () => {
  it('lists everything in one document, for clients that ask for it', async () => {
    const reply = await get('/apis', { accept: `${aggregated},application/json` })
    expect(reply.headers).toMatchObject({ 'content-type': aggregated, vary: 'Accept', 'cache-control': 'public' })
    expect(reply.headers.etag).toMatch(/^"[0-9A-F]{128}"$/)
    expect(reply.json).toMatchObject({
      kind: 'APIGroupDiscoveryList',
      apiVersion: 'apidiscovery.k8s.io/v2',
      metadata: {},
    })
    expect(reply.json.items.length).toBeGreaterThan(0)
    const core = await get('/api', { accept: aggregated })
    expect(core.json.items[0].metadata).toEqual({})
    expect(
      core.json.items[0].versions[0].resources.find((r: { resource: string }) => r.resource === 'pods'),
    ).toMatchObject({
      responseKind: { group: '', version: '', kind: 'Pod' },
      scope: 'Namespaced',
      singularResource: 'pod',
      shortNames: ['po'],
      categories: ['all'],
    })
  })

  it('says that nothing changed to whoever has the document', async () => {
    const { headers } = await get('/apis', { accept: aggregated })
    const again = await get('/apis', { accept: aggregated, 'if-none-match': String(headers.etag) })
    expect([again.status, again.text]).toEqual([304, ''])
    expect((await get('/apis', { accept: aggregated, 'if-none-match': '"other"' })).status).toBe(200)
  })

  it('falls back for clients that know only older aggregated forms', async () => {
    const { json, headers } = await get('/apis', {
      accept: 'application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json',
    })
    expect([json.kind, headers['content-type'], headers.etag]).toEqual(['APIGroupList', 'application/json', undefined])
  })

  it('lists groups, and each with its versions', async () => {
    const { json } = await get('/apis')
    const one = await get(`/apis/${json.groups[0].name}`)
    expect(one.json).toEqual({ kind: 'APIGroup', apiVersion: 'v1', ...json.groups[0] })
    expect(json.groups[0].preferredVersion).toEqual(json.groups[0].versions[0])
  })

  it('lists the resources of a version with the hash of what is stored', async () => {
    const { json } = await get('/api/v1')
    expect(json).toMatchObject({ kind: 'APIResourceList', groupVersion: 'v1' })
    expect(json.apiVersion).toBeUndefined()
    const of = (name: string) => json.resources.find((r: { name: string }) => r.name === name)
    // upstream's own value
    expect(of('pods').storageVersionHash).toBe('xPOwRZ+Yhw8=')
    expect(of('pods/eviction')).toMatchObject({ group: 'policy', version: 'v1', kind: 'Eviction' })
    expect(of('pods/binding').group).toBeUndefined()
  })

  it.each([
    ['/apis', 'APIGroupList', 'meta'],
    ['/api/v1', 'APIResourceList', 'meta'],
    ['/apis', 'APIGroupDiscoveryList', 'aggregated'],
  ])('speaks protobuf: %s as %s', async (path, kind, form) => {
    const accept = form === 'meta' ? protobufContentType : aggregated.replace('application/json', protobufContentType)
    const { body, headers } = await api.h2.stream('GET', path, { headers: { accept } })
    const { kind: sent, raw } = openProtobuf(Buffer.concat(await body.toArray()))
    expect([sent, headers['content-type']]).toEqual([kind, accept])
    const schema = form === 'meta' ? 'io.k8s.apimachinery.pkg.apis.meta.v1' : 'io.k8s.api.apidiscovery.v2'
    const {
      kind: _,
      apiVersion: __,
      ...json
    } = (await get(path, { accept: form === 'meta' ? 'application/json' : aggregated })).json
    expect(builtinSchemas.get(`${schema}.${kind}`).decodeProtobuf(raw)).toMatchObject(json)
  })

  it.each(['/apis/nowhere.example.com', '/apis/apps/v0', '/api/v2', '/api/v1/x'])(
    'answers 404 to what is not there: %s',
    async path => {
      expect((await get(path)).status).toBe(404)
    },
  )

  it('takes GET only, but for groups', async () => {
    expect((await api.h2.request('POST', '/api/v1')).status).toBe(405)
    expect((await api.h2.request('POST', '/apis')).status).toBe(200)
  })
})

describe('versions', () => {
  it('stand in the order of Kubernetes', () => {
    const ordered = ['v10', 'v2', 'v1', 'v11beta2', 'v10beta3', 'v3beta1', 'v12alpha1', 'v11alpha2', 'foo1', 'foo10']
    expect([...ordered].reverse().sort((a, b) => compareVersions(b, a))).toEqual(ordered)
  })
})
