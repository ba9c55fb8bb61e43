import type { Pod, Service } from '@kubets/api-types'
import { describe, expect, test } from 'vitest'
import {
  type ChargedPod,
  calculateUsage,
  chargedPod,
  chargedService,
  claimCharge,
  type Evaluator,
  formatList,
  objectCountEvaluator,
  parseList,
  persistentVolumeClaimEvaluator,
  podEvaluator,
  podRequests,
  scopeRequirements,
  serviceEvaluator,
} from './index.ts'

const now = Date.parse('2026-01-01T00:00:00Z')
const container = (requests: object, more: object = {}) => ({ name: 'c', image: 'i', resources: { requests }, ...more })
const pod = (spec: object, more: object = {}) => ({ spec: { containers: [], ...spec }, ...more }) as unknown as Pod
const usageOf = (object: Pod) => formatList(podEvaluator.usage(chargedPod(object), now))

describe('a pod', () => {
  test.each([
    [
      'its containers together',
      { containers: [container({ cpu: '100m' }), container({ cpu: '0.3' })] },
      { cpu: '400m' },
    ],
    [
      'an init container that needs more',
      { containers: [container({ cpu: '1' })], initContainers: [container({ cpu: '3' })] },
      { cpu: '3' },
    ],
    [
      'a sidecar, which runs beside the containers and beside later init containers',
      {
        containers: [container({ cpu: '1' })],
        initContainers: [container({ cpu: '2' }, { restartPolicy: 'Always' }), container({ cpu: '1500m' })],
      },
      { cpu: '3500m' },
    ],
    [
      'the whole pod, where it says so',
      { containers: [container({ cpu: '1', memory: '1Gi' })], resources: { requests: { cpu: '5' } } },
      { cpu: '5', memory: '1Gi' },
    ],
    ['overhead', { containers: [container({ cpu: '1' })], overhead: { cpu: '10m' } }, { cpu: '1010m' }],
  ])('asks for %s', (_, spec, expected) => {
    expect(formatList(podRequests(pod(spec)))).toEqual(expected)
  })

  test('while a container is resized the largest of wanted, present and promised counts, unless it cannot be', () => {
    const containers = [container({ cpu: '2' })]
    const containerStatuses = [
      { name: 'c', resources: { requests: { cpu: '1' } }, allocatedResources: { cpu: '1500m' } },
    ]
    expect(formatList(podRequests(pod({ containers }, { status: { containerStatuses } })))).toEqual({ cpu: '2' })
    const conditions = [{ type: 'PodResizePending', reason: 'Infeasible' }]
    const refused = pod({ containers }, { status: { containerStatuses, conditions } })
    expect(formatList(podRequests(refused))).toEqual({ cpu: '1500m' })
  })

  test('counts itself, its requests under two names, its limits, and extended resources', () => {
    const requests = { cpu: '1', memory: '1Gi', 'example.com/gpu': '2', 'hugepages-2Mi': '4Mi' }
    const own = { name: 'c', image: 'i', resources: { requests, limits: { cpu: '2' } } }
    expect(usageOf(pod({ containers: [own] }))).toEqual({
      'count/pods': '1',
      pods: '1',
      cpu: '1',
      'requests.cpu': '1',
      'limits.cpu': '2',
      memory: '1Gi',
      'requests.memory': '1Gi',
      'requests.example.com/gpu': '2',
      'hugepages-2Mi': '4Mi',
      'requests.hugepages-2Mi': '4Mi',
    })
  })

  test.each([
    ['has ended', {}, { phase: 'Succeeded' }],
    [
      'should be gone by now',
      { deletionTimestamp: '2025-12-31T23:59:00Z', deletionGracePeriodSeconds: 30 },
      { phase: 'Running' },
    ],
  ])('that %s counts as an object alone', (_, metadata, status) => {
    expect(usageOf(pod({ containers: [container({ cpu: '1' })] }, { metadata, status }))).toEqual({ 'count/pods': '1' })
  })

  test.each([
    ['Terminating', { activeDeadlineSeconds: 5 }, {}],
    ['NotBestEffort', {}, { activeDeadlineSeconds: 5, containers: [] }],
    ['PriorityClass', { priorityClassName: 'high' }, {}],
    [
      'CrossNamespacePodAffinity',
      { affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ namespaces: ['x'] }] } } },
      { affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'k' }] } } },
    ],
  ])('scope %s', (scopeName, inside, outside) => {
    const containers = [container({ cpu: '1' })]
    const matches = (spec: object) =>
      podEvaluator.matchesScope({ scopeName, operator: 'Exists' }, chargedPod(pod({ containers, ...spec })))
    expect([matches(inside), matches(outside)]).toEqual([true, false])
  })

  test('a scope selector asks for values', () => {
    const high = chargedPod(pod({ priorityClassName: 'high' }))
    const ask = (operator: string, values: string[]) =>
      podEvaluator.matchesScope({ scopeName: 'PriorityClass', operator, values }, high)
    expect([ask('In', ['high']), ask('In', ['low']), ask('NotIn', ['low'])]).toEqual([true, false, true])
  })
})

test.each([
  ['ClusterIP', {}, '0', '0'],
  ['NodePort', {}, '2', '0'],
  ['LoadBalancer', {}, '2', '1'],
  ['LoadBalancer', { allocateLoadBalancerNodePorts: false }, '1', '1'],
])('a Service of type %s %j counts %s node ports and %s load balancers', (type, more, nodePorts, balancers) => {
  const service = { spec: { type, ports: [{ port: 1, nodePort: 30_000 }, { port: 2 }], ...more } } as unknown as Service
  expect(formatList(serviceEvaluator.usage(chargedService(service), now))).toEqual({
    'count/services': '1',
    services: '1',
    'services.nodeports': nodePorts,
    'services.loadbalancers': balancers,
  })
})

test('a claim counts its whole bytes, under its class too, and what is allocated when that is more', () => {
  const claim = claimCharge({
    spec: { storageClassName: 'gold', resources: { requests: { storage: '1500m' } } },
    status: { allocatedResources: { storage: '3' } },
  })
  expect(formatList(claim.usage)).toEqual({
    persistentvolumeclaims: '1',
    'count/persistentvolumeclaims': '1',
    'gold.storageclass.storage.k8s.io/persistentvolumeclaims': '1',
    'requests.storage': '3',
    'gold.storageclass.storage.k8s.io/requests.storage': '3',
  })
  const asked = ['gold.storageclass.storage.k8s.io/requests.storage', 'requests.cpu', 'persistentvolumeclaims']
  expect(persistentVolumeClaimEvaluator.matchingResources(asked)).toEqual([asked[0], asked[2]])
})

test('which names of a quota pods and counts are for', () => {
  const names = [
    'pods',
    'count/pods',
    'requests.example.com/gpu',
    'requests.storage',
    'services',
    'hugepages-1Gi',
    'secrets',
  ]
  expect(podEvaluator.matchingResources(names)).toEqual([
    'pods',
    'count/pods',
    'requests.example.com/gpu',
    'hugepages-1Gi',
  ])
  expect(objectCountEvaluator('', 'secrets').matchingResources([...names, 'count/secrets'])).toEqual([
    'count/secrets',
    'secrets',
  ])
  expect(objectCountEvaluator('apps', 'deployments').matchingResources(['count/deployments.apps'])).toHaveLength(1)
})

test('usage is the sum over the objects in all scopes, zero where there is none; what cannot be listed is left out', () => {
  const busy = chargedPod(pod({ containers: [container({ cpu: '1' })], activeDeadlineSeconds: 1 }))
  const idle = chargedPod(pod({ containers: [container({})] }))
  const objects = new Map<unknown, readonly ChargedPod[]>([[podEvaluator, [busy, busy, idle]]])
  const { used, errors } = calculateUsage({
    hard: parseList({ 'requests.cpu': '10', 'limits.memory': '1Gi', services: '3', 'count/secrets': '1' }),
    requirements: scopeRequirements({ scopes: ['Terminating', 'NotBestEffort'] }),
    evaluators: [podEvaluator, serviceEvaluator, objectCountEvaluator('', 'secrets')] as Evaluator<unknown>[],
    list: <T>(evaluator: Evaluator<T>) => {
      if (evaluator.resource === 'services') throw new Error('services not yet synced')
      return (objects.get(evaluator) ?? []) as Iterable<T>
    },
    now,
  })
  expect(formatList(used)).toEqual({ 'requests.cpu': '2', 'limits.memory': '0', 'count/secrets': '0' })
  expect(errors.map(error => error.message)).toEqual(['services not yet synced'])
})
