import type { Pod } from '@kubets/api-types'
import { chargedPod, parseList, podEvaluator, unspecifiedResources } from '@kubets/quota'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestApiServer, testApiServer } from '../../../testing/api-server.ts'
import { type Charge, chargeQuota } from './charge.ts'
import { quotaOf } from './quota.ts'

const podOf = (spec: object = {}) =>
  ({ metadata: { name: 'p' }, spec: { containers: [{ name: 'c', image: 'i' }], ...spec } }) as unknown as Pod
const chargeFor = (pod: Pod, old?: Pod): Charge => ({
  evaluator: podEvaluator as Charge['evaluator'],
  object: chargedPod(pod),
  old: old === undefined ? undefined : chargedPod(old),
  now: 0,
  unspecified: names => unspecifiedResources(pod, names),
  refusable: true,
})
const quota = (hard: Record<string, string>, used: Record<string, string>, spec: object = {}) =>
  quotaOf({ kind: 'ResourceQuota', apiVersion: 'v1', metadata: { name: 'q' }, spec, status: { hard, used } } as never)
const asking = { containers: [{ name: 'c', image: 'i', resources: { requests: { cpu: '300m' } } }] }

describe('a quota', () => {
  it.each([
    [
      'that has room is charged',
      quota({ pods: '2' }, { pods: '1' }),
      podOf(),
      { is: 'charged', used: parseList({ pods: '2' }) },
    ],
    [
      'that is full refuses',
      quota({ pods: '1', cpu: '1' }, { pods: '1', cpu: '800m' }),
      podOf(asking),
      {
        is: 'refused',
        why: 'exceeded quota: q, requested: cpu=300m,pods=1, used: cpu=800m,pods=1, limited: cpu=1,pods=1',
      },
    ],
    [
      'of cpu wants containers to say what they need',
      quota({ 'limits.cpu': '1', cpu: '1' }, { 'limits.cpu': '0', cpu: '0' }),
      podOf(),
      { is: 'refused', why: 'failed quota: q: must specify cpu for: c; limits.cpu for: c' },
    ],
    [
      'that was not counted yet refuses',
      quota({ pods: '1' }, {}),
      podOf(),
      { is: 'refused', why: 'status unknown for quota: q, resources: pods' },
    ],
    ['of other things is left alone', quota({ services: '0' }, { services: '0' }), podOf(), { is: 'untouched' }],
    [
      'of another scope is left alone',
      quota({ pods: '0' }, { pods: '0' }, { scopes: ['Terminating'] }),
      podOf(),
      { is: 'untouched' },
    ],
  ])('%s', (_name, one, pod, verdict) => {
    expect(chargeQuota(one, chargeFor(pod))).toEqual(verdict)
  })

  it('is charged for the difference when a pod grows, and for nothing when it shrinks', () => {
    const grown = podOf({ containers: [{ name: 'c', image: 'i', resources: { requests: { cpu: '500m' } } }] })
    const one = quota({ cpu: '1' }, { cpu: '800m' })
    expect(chargeQuota(one, chargeFor(grown, podOf(asking)))).toEqual({ is: 'charged', used: parseList({ cpu: '1' }) })
    expect(chargeQuota(one, chargeFor(podOf(asking), grown))).toEqual({ is: 'untouched' })
  })
})

describe('through the front door', () => {
  let api: TestApiServer
  const path = '/api/v1/namespaces/default'
  beforeAll(async () => {
    api = await testApiServer()
    await api.h2.request('POST', `${path}/resourcequotas`, {
      body: { metadata: { name: 'q' }, spec: { hard: { 'count/configmaps': '5' } } },
    })
    // no controller counts here
    const status = { hard: { 'count/configmaps': '5' }, used: { 'count/configmaps': '0' } }
    await api.h2.request('PATCH', `${path}/resourcequotas/q/status`, {
      body: { status },
      headers: { 'content-type': 'application/merge-patch+json' },
    })
  })
  afterAll(() => api[Symbol.asyncDispose]())
  const create = (name: string, query = '') =>
    api.h2.request('POST', `${path}/configmaps${query}`, { body: { metadata: { name } } })

  it('no more than there is room for comes in, however many ask at once', async () => {
    expect((await create('dry', '?dryRun=All')).status).toBe(201)
    const replies = await Promise.all(Array.from({ length: 20 }, (_, i) => create(`c${i}`)))
    expect(replies.filter(({ status }) => status === 201)).toHaveLength(5)
    const refused = replies.find(({ status }) => status !== 201)
    expect([refused?.status, refused?.json.message]).toEqual([
      403,
      expect.stringMatching(
        /^configmaps "c\d+" is forbidden: exceeded quota: q, requested: count\/configmaps=1, used: count\/configmaps=5, limited: count\/configmaps=5$/,
      ),
    ])
    const { json } = await api.h2.request('GET', `${path}/resourcequotas/q`)
    expect(json.status.used).toEqual({ 'count/configmaps': '5' })
    expect(json.metadata.managedFields.map((each: { manager: string }) => each.manager)).toContain('kube-apiserver')
  })
})
