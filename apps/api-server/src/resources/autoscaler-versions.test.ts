import { afterAll, beforeAll, expect, it } from 'vitest'
import { type TestApiServer, testApiServer } from '../testing/api-server.ts'

let api: TestApiServer
beforeAll(async () => {
  api = await testApiServer()
})
afterAll(() => api[Symbol.asyncDispose]())

const path = (version: string, name = '') =>
  `/apis/autoscaling/${version}/namespaces/default/horizontalpodautoscalers${name === '' ? '' : `/${name}`}`
const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }
const requests = {
  type: 'Pods',
  pods: { metric: { name: 'requests' }, target: { type: 'AverageValue', averageValue: '10' } },
}

it('an autoscaler of the new version is read and changed in the old one, and loses nothing', async () => {
  const spec = {
    scaleTargetRef,
    maxReplicas: 5,
    metrics: [requests],
    behavior: { scaleDown: { selectPolicy: 'Disabled' } },
  }
  const created = await api.h2.request('POST', path('v2'), { body: { metadata: { name: 'new' }, spec } })
  expect(created.status).toBe(201)
  const { json: old } = await api.h2.request('GET', path('v1', 'new'))
  expect(old).toMatchObject({ apiVersion: 'autoscaling/v1', spec: { scaleTargetRef, minReplicas: 1, maxReplicas: 5 } })
  expect(Object.keys(old.metadata.annotations)).toEqual([
    'autoscaling.alpha.kubernetes.io/behavior',
    'autoscaling.alpha.kubernetes.io/metrics',
  ])
  const body = { ...old, spec: { ...old.spec, maxReplicas: 7 } }
  const updated = await api.h2.request('PUT', path('v1', 'new'), { body })
  expect([updated.status, updated.json.apiVersion, updated.json.spec.maxReplicas]).toEqual([200, 'autoscaling/v1', 7])
  const { json: after } = await api.h2.request('GET', path('v2', 'new'))
  expect(after.spec).toEqual({ ...created.json.spec, maxReplicas: 7 })
  expect(after.metadata.annotations).toBeUndefined()
})

it('an autoscaler of the old version is stored as the new one', async () => {
  const spec = { scaleTargetRef, maxReplicas: 3, targetCPUUtilizationPercentage: 70 }
  const created = await api.h2.request('POST', path('v1'), { body: { metadata: { name: 'old' }, spec } })
  expect([created.status, created.json.spec]).toEqual([201, { ...spec, minReplicas: 1 }])
  const stored = await api.store.get('/registry/horizontalpodautoscalers/default/old')
  const object = JSON.parse(Buffer.from(stored.kv?.value ?? []).toString())
  expect(object).toMatchObject({
    apiVersion: 'autoscaling/v2',
    spec: { metrics: [{ resource: { target: { type: 'Utilization', averageUtilization: 70 } } }] },
  })
  const wrong = await api.h2.request('POST', path('v1'), {
    body: { metadata: { name: 'bad' }, spec: { maxReplicas: 1 } },
  })
  expect(wrong.json.message).toContain('spec.scaleTargetRef.kind: Required value')
})
