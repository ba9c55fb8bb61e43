import type { Node } from '@kubets/api-types'
import { describe, expect, test } from 'vitest'
import { container, pod } from '../testing/pods.ts'
import { admitBySomeNode, admitPod } from './admit.ts'
import { nodeConditions } from './conditions.ts'

const well = { memoryAvailable: 2 ** 30, diskAvailable: 0.5, inodesFree: 0.5, pidsAvailable: 0.9 }

describe('conditions', () => {
  const shown = (pressure: Partial<typeof well>, problems: string[] = []) =>
    nodeConditions({ pressure: { ...well, ...pressure }, problems }, [], 0).map(
      c => `${c.type}=${c.status} ${c.reason}`,
    )

  test('a healthy node is ready', () => {
    expect(shown({})).toEqual([
      'MemoryPressure=False KubeletHasSufficientMemory',
      'DiskPressure=False KubeletHasNoDiskPressure',
      'PIDPressure=False KubeletHasSufficientPID',
      'Ready=True KubeletReady',
    ])
  })

  test('each pressure shows', () => {
    expect(shown({ memoryAvailable: 1 })).toContain('MemoryPressure=True KubeletHasInsufficientMemory')
    expect(shown({ inodesFree: 0.01 })).toContain('DiskPressure=True KubeletHasDiskPressure')
    expect(shown({ pidsAvailable: 0 })).toContain('PIDPressure=True KubeletHasInsufficientPID')
    expect(shown({}, ['container runtime is down'])).toContain('Ready=False KubeletNotReady')
  })

  test('times of transition are kept while the status stays', () => {
    const first = nodeConditions({ pressure: well, problems: [] }, [], 0)
    const second = nodeConditions({ pressure: well, problems: ['x'] }, first, 60_000)
    expect(second.map(c => c.lastTransitionTime)).toEqual([
      '1970-01-01T00:00:00Z',
      '1970-01-01T00:00:00Z',
      '1970-01-01T00:00:00Z',
      '1970-01-01T00:01:00Z',
    ])
    expect(second.every(c => String(c.lastHeartbeatTime) === '1970-01-01T00:01:00Z')).toBe(true)
  })
})

describe('admission', () => {
  const allocatable = { cpu: '2', memory: '1Gi', pods: '3', 'x.org/none': '0' }
  const node = { metadata: { labels: { disk: 'ssd' } } } as unknown as Node
  const asks = (requests: object, more = {}) =>
    pod({ containers: [container('c', { resources: { requests } } as never)], ...more })
  const wantsNode = (key: string, operator: string, values: string[]) => {
    const nodeSelectorTerms = [{ matchExpressions: [{ key, operator, values }] }]
    return pod({
      affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } },
    })
  }
  const web = (hostPort: number) =>
    pod({ containers: [container('c', { ports: [{ containerPort: 80, hostPort }] } as never)] })

  test.each([
    ['fits', asks({ cpu: '1' }), [], undefined],
    ['too much cpu', asks({ cpu: '1' }), [asks({ cpu: '1500m' })], 'OutOfcpu'],
    ['too much memory', asks({ memory: '2Gi' }), [], 'OutOfmemory'],
    ['too many pods', pod({}), [pod({}), pod({}), pod({})], 'OutOfpods'],
    ['a resource that the node does not know', asks({ 'x.org/gpu': '1' }), [], undefined],
    ['a resource that the node has none of', asks({ 'x.org/none': '1' }), [], 'OutOfx.org/none'],
    ['a taken host port', web(8080), [web(8080)], 'NodePorts'],
    ['another host port', web(8080), [web(8081)], undefined],
    ['a selector that does not match', pod({ nodeSelector: { disk: 'hdd' } }), [], 'NodeAffinity'],
    ['a selector that matches', pod({ nodeSelector: { disk: 'ssd' } }), [], undefined],
    ['a required affinity that does not match', wantsNode('disk', 'NotIn', ['ssd']), [], 'NodeAffinity'],
    ['a required affinity that matches', wantsNode('disk', 'In', ['hdd', 'ssd']), [], undefined],
    [
      'a rule that restarts all containers',
      pod({ containers: [container('c', { restartPolicyRules: [{ action: 'RestartAllContainers' }] } as never)] }),
      [],
      'PodFeatureUnsupported',
    ],
    ['another operating system', pod({ os: { name: 'windows' } }), [], 'PodOSNotSupported'],
    ['this operating system', pod({ os: { name: 'linux' } }), [], undefined],
  ] as const)('%s', (_name, one, others, reason) => {
    expect(admitPod(one, node, allocatable, others)?.reason).toBe(reason)
  })

  const labelled = (disk: string) => ({ metadata: { labels: { disk } } }) as unknown as Node
  const wants = (disk: string) => (node: Node | undefined) =>
    admitPod(pod({ nodeSelector: { disk } }), node, allocatable, [])

  test('a label that is newer than what the kubelet has seen counts', async () => {
    expect(await admitBySomeNode(wants('ssd'), labelled('hdd'), async () => labelled('ssd'))).toBeUndefined()
    expect((await admitBySomeNode(wants('ssd'), labelled('hdd'), async () => labelled('hdd')))?.reason).toBe(
      'NodeAffinity',
    )
  })

  test('only taints that make pods leave count, and newer ones', async () => {
    const tainted = (effect: string) => ({ spec: { taints: [{ key: 'a', effect }] } }) as unknown as Node
    const one = (node: Node | undefined) => admitPod(pod({}), node, allocatable, [])
    expect(one(tainted('NoSchedule'))).toBeUndefined()
    expect(one(tainted('NoExecute'))).toEqual({
      reason: 'TaintToleration',
      message: "Pod was rejected: Predicate TaintToleration failed: node(s) had taints that the pod didn't tolerate",
    })
    expect(
      admitPod(pod({ tolerations: [{ operator: 'Exists' }] }), tainted('NoExecute'), allocatable, []),
    ).toBeUndefined()
    expect(await admitBySomeNode(one, tainted('NoExecute'), async () => tainted('NoSchedule'))).toBeUndefined()
  })

  test('what was seen counts when the API does not answer, and it is not asked without need', async () => {
    const silent = () => Promise.reject(new Error('connection refused'))
    expect((await admitBySomeNode(wants('ssd'), labelled('hdd'), silent))?.reason).toBe('NodeAffinity')
    const never = () => expect.fail('the API was asked')
    expect(await admitBySomeNode(wants('ssd'), labelled('ssd'), never)).toBeUndefined()
  })
})
