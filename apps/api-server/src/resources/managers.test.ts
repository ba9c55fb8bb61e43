import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestApiServer, testApiServer } from '../testing/api-server.ts'
import { configMap, managersOf, maps, owners, pod, pods } from '../testing/owned-fields.ts'

let api: TestApiServer
beforeAll(async () => {
  api = await testApiServer()
})
afterAll(() => api[Symbol.asyncDispose]())

const { apply, merge } = managersOf(() => api)

describe('the managers of an object', () => {
  it('are those who wrote it, by their name or by their program’s', async () => {
    const created = await api.h2.request('POST', maps, {
      body: configMap('written', { a: '1' }),
      headers: { 'user-agent': 'my\u00adtool/v1 (x)' },
    })
    expect(owners(created.json)).toEqual([['mytool', 'Update', { 'f:data': { '.': {}, 'f:a': {} } }]])
    const [entry] = created.json.metadata.managedFields
    expect(entry).toMatchObject({
      apiVersion: 'v1',
      fieldsType: 'FieldsV1',
      time: created.json.metadata.creationTimestamp,
    })
    const patched = await merge(`${maps}/written`, { data: { a: '2', b: '1' } }, '?fieldManager=patcher')
    expect(owners(patched.json)).toEqual([
      ['mytool', 'Update', { 'f:data': {} }],
      ['patcher', 'Update', { 'f:data': { 'f:a': {}, 'f:b': {} } }],
    ])
    const removed = await merge(`${maps}/written`, { data: { b: null } }, '?fieldManager=third')
    expect(owners(removed.json)).toEqual([
      ['mytool', 'Update', { 'f:data': {} }],
      ['patcher', 'Update', { 'f:data': { 'f:a': {} } }],
    ])
  })

  it('are kept when a generated name has to be made again', async () => {
    const body = { ...configMap('', { a: '1' }), metadata: { generateName: 'gen-' } }
    const created = await api.h2.request('POST', `${maps}?fieldManager=me`, { body })
    expect(owners(created.json)).toEqual([
      ['me', 'Update', { 'f:data': { '.': {}, 'f:a': {} }, 'f:metadata': { 'f:generateName': {} } }],
    ])
  })

  it('are the api-server itself for what it makes', async () => {
    const { json } = await api.h2.request('GET', '/api/v1/namespaces/default')
    expect(owners(json)).toEqual([
      ['kube-apiserver', 'Update', { 'f:metadata': { 'f:labels': { '.': {}, 'f:kubernetes.io/metadata.name': {} } } }],
    ])
  })

  it('own the status where they wrote it', async () => {
    await api.h2.request('POST', `${pods}?fieldManager=maker`, { body: pod('parts') })
    const reply = await api.h2.request('PATCH', `${pods}/parts/status?fieldManager=kubelet`, {
      body: { status: { phase: 'Running' }, metadata: { labels: { new: 'x' } } },
      headers: { 'content-type': 'application/strategic-merge-patch+json' },
    })
    expect(owners(reply.json)).toHaveLength(2)
    expect(owners(reply.json).find(([manager]) => manager === 'kubelet')).toEqual([
      'kubelet',
      'Update',
      'status',
      { 'f:metadata': { 'f:labels': { 'f:new': {} } }, 'f:status': { 'f:phase': {} } },
    ])
  })

  it('own nothing that the endpoint does not take from them', async () => {
    await api.h2.request('POST', `${pods}?fieldManager=maker`, { body: pod('split') })
    const before = await api.h2.request('GET', `${pods}/split`)
    const reply = await merge(`${pods}/split`, { status: { phase: 'Failed' } }, '?fieldManager=liar')
    expect([reply.status, reply.text]).toEqual([200, before.text])
  })

  it('are forgotten when a writer asks for it', async () => {
    await apply(`${maps}/reset`, 'me', configMap('reset', { a: '1' }))
    const reset = await merge(`${maps}/reset`, { metadata: { managedFields: [{}] } })
    expect(reset.json.metadata).not.toHaveProperty('managedFields')
    // who wrote before anybody applied has no name of its own any more
    const applied = await apply(`${maps}/reset`, 'new', configMap('reset', { a: '2' }))
    expect(applied.json.message).toBe(
      'Apply failed with 1 conflict: conflict with "before-first-apply" using v1: .data.a',
    )
  })

  it('stay when a writer leaves them out or sends nonsense', async () => {
    const created = await api.h2.request('POST', `${maps}?fieldManager=me`, { body: configMap('kept', { a: '1' }) })
    const { managedFields, ...metadata } = created.json.metadata
    const without = await api.h2.request('PUT', `${maps}/kept`, { body: { ...created.json, metadata } })
    expect(without.json.metadata.managedFields).toEqual(managedFields)
    const nonsense = await api.h2.request('PUT', `${maps}/kept`, {
      body: { ...created.json, metadata: { ...metadata, managedFields: [{ manager: 'x', operation: 'Nope' }] } },
    })
    expect(nonsense.json.metadata.managedFields).toEqual(managedFields)
  })

  it('may be changed by a JSON patch', async () => {
    await api.h2.request('POST', `${maps}?fieldManager=me`, { body: configMap('renamed', { a: '1' }) })
    const reply = await api.h2.request('PATCH', `${maps}/renamed`, {
      body: [{ op: 'replace', path: '/metadata/managedFields/0/manager', value: 'you' }],
      headers: { 'content-type': 'application/json-patch+json' },
    })
    expect(owners(reply.json)).toEqual([['you', 'Update', { 'f:data': { '.': {}, 'f:a': {} } }]])
  })

  it('are there in every form of an answer', async () => {
    const name = 'forms'
    await api.h2.request('POST', `${maps}?fieldManager=me`, { body: configMap(name, { a: '1' }) })
    const as = (accept: string) => api.h2.request('GET', `${maps}/${name}`, { headers: { accept } })
    const meta = await as('application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1')
    expect(owners(meta.json)).toEqual([['me', 'Update', { 'f:data': { '.': {}, 'f:a': {} } }]])
    expect((await as('application/yaml')).text).toMatch(/fieldsV1:\n +f:data:\n +"\.": {}\n +f:a: {}/)
    expect((await as('application/vnd.kubernetes.protobuf')).text).toContain('{"f:data":{".":{},"f:a":{}}}')
    const written = await api.h2.request('PATCH', `${maps}/${name}`, {
      body: { data: { b: '1' } },
      headers: { 'content-type': 'application/merge-patch+json', accept: 'application/yaml' },
    })
    expect(written.text).toContain('f:b: {}')
  })
})
