import { afterAll, beforeAll, expect, it } from 'vitest'
import { type TestApiServer, testApiServer } from '../../testing/api-server.ts'

let api: TestApiServer
beforeAll(async () => {
  api = await testApiServer({
    admissionPlugins: {
      enable: ['PodNodeSelector', 'PodTolerationRestriction', 'EventRateLimit'],
      disable: ['ServiceAccount', 'DefaultTolerationSeconds'],
    },
    admissionConfiguration: {
      podNodeSelectors: { clusterDefaultNodeSelector: 'zone=a', listed: 'zone=a,disk=ssd' },
      podTolerations: {
        default: [{ key: 'shared', operator: 'Exists', effect: 'NoSchedule' }],
        whitelist: [
          { key: 'shared', operator: 'Exists' },
          { key: 'node.kubernetes.io/memory-pressure', operator: 'Exists' },
        ],
      },
      limitedResources: [
        { group: '', resource: 'services', matchContains: ['services.nodeports'], matchScopes: [] },
        {
          group: '',
          resource: 'pods',
          matchContains: [],
          matchScopes: [{ scopeName: 'PriorityClass', operator: 'In', values: ['vip'] }],
        },
      ],
      // none come back while the test runs
      eventRateLimits: [{ type: 'SourceAndObject', qps: 1 / 1000, burst: 2, cacheSize: 4096 }],
    },
  })
  await namespace('listed')
  await namespace('own', {
    'scheduler.alpha.kubernetes.io/node-selector': 'env=test',
    'scheduler.alpha.kubernetes.io/defaultTolerations': '[]',
    'scheduler.alpha.kubernetes.io/tolerationsWhitelist': '[{"key":"mine","operator":"Exists"}]',
  })
  await namespace('odd', { 'scheduler.alpha.kubernetes.io/node-selector': 'a=b=c' })
})
afterAll(() => api?.[Symbol.asyncDispose]())

const post = (path: string, body: object) => api.h2.request('POST', path, { body })
const namespace = (name: string, annotations = {}) => post('/api/v1/namespaces', { metadata: { name, annotations } })
const pod = async (where: string, name: string, spec: object = {}) => {
  const { status, json } = await post(`/api/v1/namespaces/${where}/pods`, {
    metadata: { name },
    spec: { containers: [{ name: 'c', image: 'i' }], ...spec },
  })
  return { status, message: json.message, spec: json.spec }
}

it('pods get the node selector of their namespace, or of the cluster', async () => {
  expect((await pod('default', 'a', { nodeSelector: { disk: 'ssd' } })).spec.nodeSelector).toEqual({
    zone: 'a',
    disk: 'ssd',
  })
  expect((await pod('own', 'a')).spec.nodeSelector).toEqual({ env: 'test' })
})

it('pods may not contradict it, nor go beyond what is listed', async () => {
  expect(await pod('default', 'b', { nodeSelector: { zone: 'b' } })).toMatchObject({
    status: 403,
    message: 'pods "b" is forbidden: pod node label selector conflicts with its namespace node label selector',
  })
  expect(await pod('listed', 'b', { nodeSelector: { cpu: 'fast' } })).toMatchObject({
    status: 403,
    message: 'pods "b" is forbidden: pod node label selector labels conflict with its namespace whitelist',
  })
  expect((await pod('listed', 'c', { nodeSelector: { disk: 'ssd' } })).status).toBe(201)
  expect(await pod('odd', 'a')).toMatchObject({ status: 500, message: 'invalid selector: [a b c]' })
})

it('pods get default tolerations, and bear memory pressure when they ask for memory', async () => {
  const resources = { requests: { memory: '1Mi' } }
  expect((await pod('default', 't', { containers: [{ name: 'c', image: 'i', resources }] })).spec.tolerations).toEqual([
    { key: 'shared', operator: 'Exists', effect: 'NoSchedule' },
    { key: 'node.kubernetes.io/memory-pressure', operator: 'Exists', effect: 'NoSchedule' },
  ])
  expect((await pod('own', 't')).spec.tolerations).toBeUndefined()
})

it.each([
  ['default', 'cluster'],
  ['own', 'namespace'],
])('pods in %s tolerate only what is in the list of their %s', async (where, scope) => {
  expect(await pod(where, 'x', { tolerations: [{ key: 'others', operator: 'Exists' }] })).toMatchObject({
    status: 500,
    message: `pod tolerations (possibly merged with namespace default tolerations) conflict with its ${scope} whitelist`,
  })
})

it('Events beyond the limit are not let in, those of others are', async () => {
  const event = (name: string, about: string) =>
    post('/api/v1/namespaces/default/events', {
      metadata: { name },
      source: { component: 'kubelet' },
      involvedObject: { kind: 'Pod', name: about, namespace: 'default' },
    })
  expect([(await event('1', 'p')).status, (await event('2', 'p')).status]).toEqual([201, 201])
  const { status, json } = await event('3', 'p')
  expect([status, json.reason, json.message]).toEqual([
    429,
    'TooManyRequests',
    'Too many requests: limit reached on type SourceAndObject for key kubeletPoddefaultp',
  ])
  expect((await event('4', 'q')).status).toBe(201)
})

it('what is limited needs a quota that counts it', async () => {
  const service = (where: string, name: string, type: string) =>
    post(`/api/v1/namespaces/${where}/services`, { metadata: { name }, spec: { type, ports: [{ port: 80 }] } })
  const { status, json } = await service('default', 'open', 'NodePort')
  expect([status, json.message]).toEqual([
    403,
    'services "open" is forbidden: insufficient quota to consume: services.nodeports',
  ])
  expect((await service('default', 'closed', 'ClusterIP')).status).toBe(201)
  await quota('limited', { hard: { 'services.nodeports': '5' } })
  await expect.poll(async () => (await service('limited', 'open', 'NodePort')).status).toBe(201)
})

it('so does a scope that is limited', async () => {
  await post('/apis/scheduling.k8s.io/v1/priorityclasses', { metadata: { name: 'vip' }, value: 5 })
  const important = { priorityClassName: 'vip' }
  expect(await pod('default', 'vip', important)).toMatchObject({
    status: 500,
    message: 'insufficient quota to match these scopes: [{PriorityClass In [vip]}]',
  })
  const scopeSelector = { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In', values: ['vip'] }] }
  await quota('vips', { hard: { pods: '5' }, scopeSelector })
  await expect.poll(async () => (await pod('vips', 'vip', important)).status).toBe(201)
})

/** Its controller is not here: the test says in the status what it limits. */
async function quota(where: string, spec: { hard: Record<string, string>; scopeSelector?: object }) {
  await namespace(where)
  const path = `/api/v1/namespaces/${where}/resourcequotas`
  expect((await post(path, { metadata: { name: 'q' }, spec })).status).toBe(201)
  const used = Object.fromEntries(Object.keys(spec.hard).map(name => [name, '0']))
  const told = await api.h2.request('PATCH', `${path}/q/status`, {
    body: { status: { hard: spec.hard, used } },
    headers: { 'content-type': 'application/merge-patch+json' },
  })
  expect(told.status).toBe(200)
}
