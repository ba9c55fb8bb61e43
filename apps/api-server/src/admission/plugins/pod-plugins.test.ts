import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestApiServer, testApiServer } from '../../testing/api-server.ts'
import { mergeTolerations } from './merge-tolerations.ts'

let api: TestApiServer
const path = '/api/v1/namespaces/default'
beforeAll(async () => {
  api = await testApiServer({ admissionPlugins: {} })
  expect((await account('default')).status).toBe(201)
})
afterAll(() => api[Symbol.asyncDispose]())
const account = (name: string, more: object = {}) =>
  api.h2.request('POST', `${path}/serviceaccounts`, { body: { metadata: { name }, ...more } })
const create = (name: string, spec: object = {}) =>
  api.h2.request('POST', `${path}/pods`, {
    body: { metadata: { name }, spec: { containers: [{ name: 'c', image: 'i' }], ...spec } },
  })

describe('a pod and its runtime class', () => {
  it('one that is missing refuses it', async () => {
    const { status, json } = await create('p3', { runtimeClassName: 'none' })
    expect([status, json.message]).toEqual([403, 'pods "p3" is forbidden: pod rejected: RuntimeClass "none" not found'])
  })

  it('gives it overhead, node selector and tolerations', async () => {
    const toleration = { key: 'k', operator: 'Exists', effect: 'NoSchedule' }
    const body = {
      metadata: { name: 'vm' },
      handler: 'kata',
      overhead: { podFixed: { cpu: '250m' } },
      scheduling: { nodeSelector: { a: 'b' }, tolerations: [toleration] },
    }
    expect((await api.h2.request('POST', '/apis/node.k8s.io/v1/runtimeclasses', { body })).status).toBe(201)
    const { json } = await create('p4', { runtimeClassName: 'vm', nodeSelector: { c: 'd' } })
    expect(json.spec).toMatchObject({ overhead: { cpu: '250m' }, nodeSelector: { a: 'b', c: 'd' } })
    expect(json.spec.tolerations).toContainEqual(toleration)
    const conflicting = await create('p5', { runtimeClassName: 'vm', nodeSelector: { a: 'x' } })
    expect(conflicting.json.message).toBe(
      'pods "p5" is forbidden: conflict: runtimeClass.scheduling.nodeSelector[a] = b; pod.spec.nodeSelector[a] = x',
    )
    const other = await create('p6', { runtimeClassName: 'vm', overhead: { cpu: '1' } })
    expect(other.json.message).toContain("pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead")
  })

  it('without one there is no overhead', async () => {
    const { json } = await create('p7', { overhead: { cpu: '1' } })
    expect(json.message).toContain('Pod Overhead set without corresponding RuntimeClass defined Overhead')
  })
})

describe('tolerations of two sources', () => {
  it('are those that no other one covers', () => {
    const all = { operator: 'Exists' }
    const one = { key: 'k', operator: 'Equal', value: 'v', effect: 'NoSchedule' }
    expect(mergeTolerations([one, one])).toEqual([one])
    expect(mergeTolerations([one, all])).toEqual([all])
    expect(mergeTolerations([one, { ...one, value: 'w' }])).toHaveLength(2)
  })
})
