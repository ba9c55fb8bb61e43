import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestApiServer, testApiServer } from '../testing/api-server.ts'
import { applyType, managersOf } from '../testing/owned-fields.ts'

let api: TestApiServer
beforeAll(async () => {
  api = await testApiServer()
})
afterAll(() => api[Symbol.asyncDispose]())

const { apply } = managersOf(() => api)

describe('versions of a kind', () => {
  const at = (version: string) => `/apis/autoscaling/${version}/namespaces/default/horizontalpodautoscalers`
  const scaler = (version: string, name: string, spec: object) => ({
    apiVersion: `autoscaling/${version}`,
    kind: 'HorizontalPodAutoscaler',
    metadata: { name },
    spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }, maxReplicas: 5, ...spec },
  })
  const cpu = (averageUtilization: number) => ({
    metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization } } }],
  })
  const versions = (json: { metadata: { managedFields: { manager: string; apiVersion: string }[] } }) =>
    json.metadata.managedFields.map(({ manager, apiVersion }) => `${manager} ${apiVersion}`)

  it('are compared each in its own form', async () => {
    await api.h2.request('POST', `${at('v1')}?fieldManager=old`, {
      body: scaler('v1', 'two', { minReplicas: 2, targetCPUUtilizationPercentage: 50 }),
    })
    const refused = await apply(`${at('v2')}/two`, 'new', scaler('v2', 'two', { minReplicas: 3, ...cpu(70) }))
    expect(refused.json.message).toBe(
      'Apply failed with 2 conflicts: conflicts with "old" using autoscaling/v1:\n- .spec.minReplicas\n- .spec.targetCPUUtilizationPercentage',
    )
    const shared = await apply(`${at('v2')}/two`, 'new', scaler('v2', 'two', { minReplicas: 2, ...cpu(50) }))
    expect(versions(shared.json)).toEqual(['new autoscaling/v2', 'old autoscaling/v1'])
    const forced = await apply(`${at('v2')}/two`, 'new', scaler('v2', 'two', cpu(70)), '&force=true')
    expect(forced.status).toBe(200)
    // min is still the other one's, in its version
    expect(forced.json.spec.minReplicas).toBe(2)
    const owned = forced.json.metadata.managedFields.find((e: { manager: string }) => e.manager === 'old').fieldsV1
    expect(Object.keys(owned['f:spec']).sort()).toEqual(['f:maxReplicas', 'f:minReplicas', 'f:scaleTargetRef'])
  })

  it('have one entry for an applier, whatever version it comes in', async () => {
    await apply(
      `${at('v1')}/moved`,
      'me',
      scaler('v1', 'moved', { minReplicas: 2, targetCPUUtilizationPercentage: 50 }),
    )
    const moved = await apply(`${at('v2')}/moved`, 'me', scaler('v2', 'moved', { minReplicas: 4 }))
    expect(versions(moved.json)).toEqual(['me autoscaling/v2'])
    expect(moved.json.spec.minReplicas).toBe(4)
    const again = await apply(`${at('v1')}/moved`, 'me', scaler('v1', 'moved', { minReplicas: 4 }))
    expect(versions(again.json)).toEqual(['me autoscaling/v1'])
  })
})

describe('versions of a kind that are off by default', () => {
  let beta: TestApiServer
  beforeAll(async () => {
    beta = await testApiServer({ runtimeConfig: ['api/all=true'] })
  })
  afterAll(() => beta[Symbol.asyncDispose]())

  const at = (group: string, version: string, resource: string) => `/apis/${group}/${version}/${resource}/applied`
  const put = (path: string, manager: string, body: object) =>
    beta.h2.request('PATCH', `${path}?fieldManager=${manager}`, { body, headers: { 'content-type': applyType } })

  it('are compared as they were written, without what is filled in', async () => {
    const group = 'admissionregistration.k8s.io'
    const binding = (version: string) => ({
      apiVersion: `${group}/${version}`,
      kind: 'MutatingAdmissionPolicyBinding',
      metadata: { name: 'applied' },
      spec: { policyName: 'p', matchResources: { namespaceSelector: { matchLabels: { a: 'b' } } } },
    })
    const path = (version: string) => at(group, version, 'mutatingadmissionpolicybindings')
    expect((await put(path('v1beta1'), 'one', binding('v1beta1'))).status).toBe(201)
    // matchResources is one value, which has a matchPolicy by now
    expect((await put(path('v1alpha1'), 'two', binding('v1alpha1'))).json.message).toBe(
      'Apply failed with 1 conflict: conflict with "one": .spec.matchResources',
    )
  })

  it('cannot be compared where a value is none', async () => {
    const group = 'resource.k8s.io'
    const slice = (version: string, device: (capacity: object) => object, value: string) => ({
      apiVersion: `${group}/${version}`,
      kind: 'ResourceSlice',
      metadata: { name: 'applied' },
      spec: {
        driver: 'gpu.example.com',
        nodeName: 'a',
        pool: { name: 'p', generation: 1, resourceSliceCount: 1 },
        devices: [{ name: 'd', ...device({ capacity: { memory: { value } } }) }],
      },
    })
    const path = (version: string) => at(group, version, 'resourceslices')
    const made = await put(
      path('v1'),
      'one',
      slice('v1', capacity => capacity, '1Gi'),
    )
    expect([made.status, made.json.message]).toEqual([201, undefined])
    const { status, json } = await put(
      path('v1beta1'),
      'one',
      slice('v1beta1', basic => ({ basic }), '1Gix'),
    )
    expect([status, json.message]).toEqual([
      500,
      "failed to prune fields: failed to convert merged object to last applied version: unable to convert unstructured object to resource.k8s.io/v1beta1, Kind=ResourceSlice: quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    ])
  })
})
