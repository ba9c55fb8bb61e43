import type { LimitRange, Pod } from '@kubets/api-types'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestApiServer, testApiServer } from '../../../testing/api-server.ts'
import { setDefaults } from './defaults.ts'
import { limitOf, violationsOfClaim, violationsOfPod } from './violations.ts'

type Item = NonNullable<NonNullable<LimitRange['spec']>['limits']>[number]
const container = (resources: object, name = 'c') => ({ name, image: 'i', resources })
const pod = (...containers: object[]) => ({ metadata: { name: 'p' }, spec: { containers } }) as unknown as Pod
const limits = (item: Omit<Item, 'type'>, type = 'Container') => [limitOf({ type, ...item } as Item)]

describe('defaults', () => {
  it('fill in what a container does not say, and are noted', () => {
    const one = pod(
      container({ limits: { cpu: '1' } }),
      container({ requests: { cpu: '1' }, limits: { cpu: '1' } }, 'd'),
    )
    setDefaults(one, { requests: { memory: '1Mi', cpu: '10m' }, limits: { cpu: '20m' } })
    expect(one.spec?.containers?.map(({ resources }) => resources)).toEqual([
      { limits: { cpu: '1' }, requests: { cpu: '10m', memory: '1Mi' } },
      { limits: { cpu: '1' }, requests: { cpu: '1', memory: '1Mi' } },
    ])
    expect(one.metadata?.annotations).toEqual({
      'kubernetes.io/limit-ranger':
        'LimitRanger plugin set: cpu, memory request for container c; memory request for container d',
    })
  })

  it('leave a pod that says all as it is', () => {
    const one = pod(container({ requests: { cpu: '1' } }))
    setDefaults(one, { requests: { cpu: '2' }, limits: {} })
    expect(one).toEqual(pod(container({ requests: { cpu: '1' } })))
  })
})

describe('bounds', () => {
  const low = { requests: { cpu: '50m' }, limits: { cpu: '3' } }
  it.each([
    ['min', { min: { cpu: '100m' } }, low, ['minimum cpu usage per Container is 100m, but request is 50m']],
    [
      'min unsaid',
      { min: { memory: '1' } },
      low,
      ['minimum memory usage per Container is 1.  No request is specified'],
    ],
    ['max', { max: { cpu: '2' } }, low, ['maximum cpu usage per Container is 2, but limit is 3']],
    ['max unsaid', { max: { memory: '1' } }, low, ['maximum memory usage per Container is 1.  No limit is specified']],
    [
      'ratio',
      { maxLimitRequestRatio: { cpu: '2' } },
      low,
      ['cpu max limit to request ratio per Container is 2, but provided ratio is 60.000000'],
    ],
    ['within', { min: { cpu: '50m' }, max: { cpu: '3' }, maxLimitRequestRatio: { cpu: '60' } }, low, []],
  ])('of a container: %s', (_name, item, resources, said) => {
    expect(violationsOfPod(pod(container(resources)), limits(item as Omit<Item, 'type'>))).toEqual(said)
  })

  it('of a pod as a whole are those of its containers together', () => {
    const two = pod(container({ limits: { cpu: '1' } }), container({ limits: { cpu: '2' } }))
    expect(violationsOfPod(two, limits({ max: { cpu: '2' } } as never, 'Pod'))).toEqual([
      'maximum cpu usage per Pod is 2, but limit is 3',
    ])
  })

  it('of a claim are about its requests', () => {
    const claim = { spec: { resources: { requests: { storage: '3Gi' } } } } as never
    const item = { min: { storage: '4Gi' }, max: { storage: '2Gi' } } as never
    expect(violationsOfClaim(claim, limits(item, 'PersistentVolumeClaim'))).toEqual([
      'minimum storage usage per PersistentVolumeClaim is 4Gi, but request is 3Gi',
      'maximum storage usage per PersistentVolumeClaim is 2Gi, but request is 3Gi',
    ])
  })
})

describe('through the front door', () => {
  let api: TestApiServer
  const path = '/api/v1/namespaces/default'
  beforeAll(async () => {
    api = await testApiServer()
  })
  afterAll(() => api[Symbol.asyncDispose]())
  const post = (resource: string, body: object) => api.h2.request('POST', `${path}/${resource}`, { body })

  it('the LimitRanges of the namespace hold for new pods, for as long as they are there', async () => {
    const spec = { limits: [{ type: 'Container', max: { cpu: '1' }, default: { cpu: '500m' } }] }
    expect((await post('limitranges', { metadata: { name: 'l' }, spec })).status).toBe(201)
    const big = { metadata: { name: 'p' }, spec: { containers: [container({ limits: { cpu: '2' } })] } }
    const refused = await post('pods', big)
    expect([refused.status, refused.json.message]).toEqual([
      403,
      'pods "p" is forbidden: maximum cpu usage per Container is 1, but limit is 2',
    ])
    const silent = await post('pods', { metadata: { name: 'q' }, spec: { containers: [{ name: 'c', image: 'i' }] } })
    expect(silent.json.spec.containers[0].resources).toEqual({ limits: { cpu: '500m' }, requests: { cpu: '500m' } })
    await api.h2.request('DELETE', `${path}/limitranges/l`)
    expect((await post('pods', big)).status).toBe(201)
  })
})
