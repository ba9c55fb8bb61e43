import { builtinSchemas } from '@kubets/api-types'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestApiServer, testApiServer } from '../../testing/api-server.ts'
import { rawMembersOf } from './raw-members.ts'

const path = '/apis/apps/v1/namespaces/default/controllerrevisions'

let api: TestApiServer
beforeAll(async () => {
  api = await testApiServer()
})
afterAll(() => api[Symbol.asyncDispose]())

const patch = (name: string, type: string, body: object, query = '') =>
  api.h2.request('PATCH', `${path}/${name}${query}`, { body, headers: { 'content-type': `application/${type}` } })
const label = { metadata: { labels: { a: 'b' } } }
const config = (name: string) => ({
  apiVersion: 'apps/v1',
  kind: 'ControllerRevision',
  metadata: { name, labels: { of: 'apply' } },
})

describe('data that a patch may not change', () => {
  it('has changed for upstream when its members come in another order', async () => {
    const data = { spec: { b: 1, a: 2 }, list: [{ d: 1, c: 2 }] }
    await api.h2.request('POST', path, { body: { metadata: { name: 'mixed' }, data, revision: 1 } })
    expect((await patch('mixed', 'merge-patch+json', label)).status).toBe(200)
    const strategic = await patch('mixed', 'strategic-merge-patch+json', { metadata: { labels: { a: 'c' } } })
    expect([strategic.status, strategic.json.message]).toEqual([
      422,
      'ControllerRevision.apps "mixed" is invalid: data: Invalid value: {"list":[{"c":2,"d":1}],"spec":{"a":2,"b":1}}: field is immutable',
    ])
    const applied = await patch('mixed', 'apply-patch+yaml', config('mixed'), '?fieldManager=one')
    expect(applied.status).toBe(422)
    const read = await api.h2.request('GET', `${path}/mixed`)
    expect(read.text).toContain('"data":{"spec":{"b":1,"a":2},"list":[{"d":1,"c":2}]}')
  })

  it('stays where they are in order', async () => {
    const data = { list: [{ c: 2, d: 1 }], spec: { a: 2, b: 1 } }
    await api.h2.request('POST', path, { body: { metadata: { name: 'sorted' }, data, revision: 1 } })
    expect((await patch('sorted', 'strategic-merge-patch+json', label)).status).toBe(200)
    expect((await patch('sorted', 'apply-patch+yaml', config('sorted'), '?fieldManager=one')).status).toBe(200)
  })
})

describe('members of raw values', () => {
  const sorted = (schema: string, object: object, merge?: object) =>
    JSON.stringify(rawMembersOf(builtinSchemas).sorted(`io.k8s.api.${schema}`, object, merge))

  it('are sorted by a merge patch at the levels that it speaks of', () => {
    const object = { data: { b: { d: 1, c: 2 }, a: { f: 1, e: 2 } } }
    expect(sorted('apps.v1.ControllerRevision', object, { data: { b: { d: 3 } } })).toBe(
      '{"data":{"a":{"f":1,"e":2},"b":{"c":2,"d":1}}}',
    )
    expect(sorted('apps.v1.ControllerRevision', object, { revision: 2 })).toBe(JSON.stringify(object))
  })

  it('are found in lists of messages', () => {
    const opaque = (parameters: object) => ({ devices: { config: [{ opaque: { driver: 'd', parameters } }] } })
    expect(sorted('resource.v1.ResourceClaimSpec', opaque({ b: 1, a: 2 }))).toBe(JSON.stringify(opaque({ a: 2, b: 1 })))
  })

  it('are not looked for where there are none', () => {
    const pod = { spec: { containers: [] } }
    expect(rawMembersOf(builtinSchemas).sorted('io.k8s.api.core.v1.Pod', pod)).toBe(pod)
  })
})
