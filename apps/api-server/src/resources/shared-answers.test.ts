import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestApiServer, testApiServer } from '../testing/api-server.ts'

/** What kube-apiserver 1.36.1 answers whatever the kind: facts of the code that all kinds share. */
let api: TestApiServer
const maps = '/api/v1/namespaces/default/configmaps'
const map = (name: string, more: object = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ...more },
  data: { a: 'b' },
})

async function ask(method: string, path: string, body?: object, headers: Record<string, string> = {}) {
  return api.h1.request(method, path, {
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    headers: { 'content-type': 'application/json', ...headers },
  })
}

beforeAll(async () => {
  api = await testApiServer()
  expect((await ask('POST', maps, map('settings'))).status).toBe(201)
})
afterAll(() => api[Symbol.asyncDispose]())

describe('a version that a body names', () => {
  it('is no reason to refuse a dry run of a create, which answers with it', async () => {
    const { status, json } = await ask('POST', `${maps}?dryRun=All`, map('versioned', { resourceVersion: '5' }))
    expect([status, json.metadata.resourceVersion]).toEqual([201, '5'])
  })
  it('refuses a create, as the store does it', async () => {
    const { status, json } = await ask('POST', maps, map('versioned', { resourceVersion: '5' }))
    expect([status, json.message, json.reason]).toEqual([
      500,
      'resourceVersion should not be set on objects to be created',
      undefined,
    ])
    expect((await ask('GET', `${maps}/versioned`)).status).toBe(404)
  })
  it('contradicts nothing where a PUT makes the object', async () => {
    const lease = {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'new', namespace: 'default', resourceVersion: '3' },
      spec: {},
    }
    const path = '/apis/coordination.k8s.io/v1/namespaces/default/leases/new'
    expect((await ask('PUT', path, lease)).status).toBe(201)
  })
})

describe('an error', () => {
  it('is YAML for who reads YAML', async () => {
    const { status, headers, text } = await ask('GET', `${maps}/missing`, undefined, { accept: 'application/yaml' })
    expect([status, headers['content-type']]).toEqual([404, 'application/yaml'])
    expect(text).toContain('message: configmaps "missing" not found\n')
  })
  it('is JSON for who asked for metadata only', async () => {
    const accept = 'application/vnd.kubernetes.protobuf;as=PartialObjectMetadata;g=meta.k8s.io;v=v1'
    const { status, headers, json } = await ask('GET', maps, undefined, { accept })
    expect([status, headers['content-type'], json.reason]).toEqual([406, 'application/json', 'NotAcceptable'])
  })
  it.each([
    ['binding', '/api/v1/namespaces/default/bindings'],
    ['review', '/apis/authentication.k8s.io/v1/selfsubjectreviews'],
  ])('is what a %s has instead of a Table', async (_, path) => {
    const accept = 'application/json;as=Table;g=meta.k8s.io;v=v1'
    expect((await ask('POST', path, {}, { accept })).status).toBe(406)
  })
  it.each([
    ['GET', '', 405],
    ['PUT', '', 405],
    ['PUT', '/name', 404],
    ['DELETE', '/name', 404],
  ])('answers %s of what is only posted (%j): %j', async (method, rest, status) => {
    expect((await ask(method, `/apis/authentication.k8s.io/v1/selfsubjectreviews${rest}`)).status).toBe(status)
  })
})

describe('a patch that is refused', () => {
  const merge = { 'content-type': 'application/merge-patch+json' }
  const strategic = { 'content-type': 'application/strategic-merge-patch+json' }
  it('shows what it made of the object, with its managers, sorted where it went in', async () => {
    const { status, json } = await ask('PATCH', `${maps}/settings`, { metadata: { labels: 7 } }, merge)
    const shown = JSON.parse(/Invalid value: ("(?:[^"\\]|\\.)*")/.exec(json.message)?.[1] ?? '')
    expect(status).toBe(422)
    expect(Object.keys(JSON.parse(shown))).toEqual(['apiVersion', 'data', 'kind', 'metadata'])
    expect(Object.keys(JSON.parse(shown).metadata)).toEqual([
      'creationTimestamp',
      'labels',
      'managedFields',
      'name',
      'namespace',
      'resourceVersion',
      'uid',
    ])
  })
  it('is a failure without a reason for a directive that there is not', async () => {
    const { json } = await ask('PATCH', `${maps}/settings`, { metadata: { $patch: 'invert' } }, strategic)
    expect([json.code, json.message]).toEqual([500, 'unknown patch type: invert in map: map[$patch:invert]'])
  })
  it('keeps $retainKeys where nothing is merged, which is no text', async () => {
    const body = { metadata: { annotations: { $retainKeys: ['a'], a: 'b' } } }
    const { status, json } = await ask('PATCH', `${maps}/settings`, body, strategic)
    expect([status, json.details.causes[0].message]).toEqual([
      422,
      'Invalid value: "map[metadata:map[annotations:map[$retainKeys:[a] a:b]]]": unrecognized type: string',
    ])
  })
})

describe('what is read back', () => {
  it('has null where an empty list is always written', async () => {
    const limits = { apiVersion: 'v1', kind: 'LimitRange', metadata: { name: 'none' }, spec: { limits: [] } }
    const { status, text } = await ask('POST', '/api/v1/namespaces/default/limitranges', limits)
    expect([status, text.includes('"spec":{"limits":null}')]).toEqual([201, true])
    expect((await ask('GET', '/api/v1/namespaces/default/limitranges/none')).json.spec).toEqual({ limits: null })
  })
  it('says who owns a review, too', async () => {
    const review = { spec: { token: 'x' } }
    const { json } = await ask('POST', '/apis/authentication.k8s.io/v1/tokenreviews', review)
    expect(json.metadata.managedFields[0].fieldsV1).toEqual({ 'f:spec': { 'f:token': {} } })
  })
  it('has no version in the Table of a dry run', async () => {
    const accept = 'application/json;as=Table;g=meta.k8s.io;v=v1'
    const { json } = await ask('POST', `${maps}?dryRun=All`, map('dry'), { accept })
    expect(json.metadata).toEqual({})
  })
})

it('an empty dryRun is none that there is', async () => {
  const { status, json } = await ask('POST', `${maps}?dryRun=`, map('empty'))
  expect([status, json.details.causes[0].field]).toEqual([422, 'dryRun'])
})
