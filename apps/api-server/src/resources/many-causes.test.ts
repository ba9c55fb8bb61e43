import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestApiServer, testApiServer } from '../testing/api-server.ts'

const many = <T>(count: number, item: (index: number) => T): T[] => Array.from({ length: count }, (_, i) => item(i))
const record = (count: number, value: string) => Object.fromEntries(many(count, i => [`k${i}`, value]))
const meta = { name: 'a' }

describe('an object with more faults than a stack holds arguments', () => {
  let api: TestApiServer
  beforeAll(async () => {
    api = await testApiServer()
  })
  afterAll(() => api[Symbol.asyncDispose]())

  it.each<[string, string, object]>([
    ['labels', 'configmaps', { metadata: { ...meta, labels: record(200_000, '!') } }],
    ['finalizers', 'configmaps', { metadata: { ...meta, finalizers: many(400_000, () => '!') } }],
    ['owners', 'configmaps', { metadata: { ...meta, ownerReferences: many(140_000, () => ({ controller: true })) } }],
    ['containers', 'pods', { metadata: meta, spec: { containers: many(150_000, () => ({})) } }],
    ['ports', 'services', { metadata: meta, spec: { type: 'NodePort', ports: many(200_000, () => ({ port: 0 })) } }],
    ['limits', 'limitranges', { metadata: meta, spec: { limits: many(200_000, () => ({})) } }],
  ])('is refused with 422: %s', async (_what, resource, object) => {
    const body = JSON.stringify(object)
    expect(body.length).toBeLessThan(3 * 1024 * 1024)
    const { status, json, bytes } = await api.h2.request('POST', `/api/v1/namespaces/default/${resource}`, { body })
    expect([status, json.reason], String(json.message).slice(0, 300)).toEqual([422, 'Invalid'])
    // as many as there is room for are told, the others counted
    expect(json.details.causes.length).toBeGreaterThan(0)
    expect(bytes.length).toBeLessThan(20 * 1024 * 1024)
    expect(json.message.slice(-30)).toMatch(/, and \d+ more\]$/)
  })

  it('of the cluster, too', async () => {
    const node = { metadata: meta, spec: { podCIDRs: many(200_000, () => 'x') } }
    expect((await api.h2.request('POST', '/api/v1/nodes', { body: node })).status).toBe(422)
  })

  it('has all of its causes when there are some hundred', async () => {
    const { json } = await api.h2.request('POST', '/api/v1/namespaces/default/configmaps', {
      body: { metadata: { ...meta, labels: record(500, '!') } },
    })
    expect(json.details.causes).toHaveLength(500)
    expect(json.message).not.toContain('more')
  })
})
