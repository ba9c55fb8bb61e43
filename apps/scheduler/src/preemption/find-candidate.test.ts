import type { Node, Pod } from '@kubets/api-types'
import { describe, expect, test } from 'vitest'
import { testNode, testPod } from '../fake-server.ts'
import { createPlugins } from '../plugins/index.ts'
import { createAlgorithm } from '../scheduling/algorithm.ts'
import { testCluster } from '../test-cluster.ts'
import { findCandidate } from './find-candidate.ts'

const running = (name: string, nodeName: string, priority: number, cpu = '1', started = 1): Pod => {
  const pod = testPod(name, { cpu, spec: { nodeName, priority } })
  return { ...pod, status: { phase: 'Running', startTime: new Date(started * 1_000).toISOString() } } as Pod
}
const incoming = (more: object = {}) => testPod('incoming', { cpu: '2', spec: { priority: 100, ...more } })

/** What would be evicted where, or the words for why nothing is. */
function outcome(nodes: readonly Node[], pods: readonly Pod[], pod = incoming()): string {
  const { cache, info } = testCluster(nodes, pods)
  const plugins = createPlugins()
  const before = [...cache.nodes.cpu.requested.values]
  const algorithm = createAlgorithm({ plugins, percentageOfNodesToScore: 0, random: () => 0 })
  const placement = algorithm.place(info(pod), cache)
  if (!('diagnosis' in placement)) throw new Error('the pod fits without preemption')
  const found = findCandidate(info(pod), placement.diagnosis, cache, plugins, () => 0)
  // a what-if leaves no trace
  expect([...cache.nodes.cpu.requested.values]).toEqual(before)
  if (!('victims' in found)) return found.message
  return `${cache.nodes.node(found.row).name}: ${found.victims.map(victim => victim.name).join(', ')}`
}
const two = [testNode('a', { cpu: '2' }), testNode('b', { cpu: '2' })]

describe('who leaves', () => {
  test('no more than needed, and the least important', () => {
    const pods = [running('old', 'a', 5, '1', 1), running('new', 'a', 5, '1', 2), running('low', 'a', 1, '1', 1)]
    expect(outcome([testNode('a', { cpu: '3' })], pods)).toBe('a: new, low')
  })

  test('never pods of the same or a higher priority', () => {
    expect(outcome(two.slice(0, 1), [running('same', 'a', 100, '2')])).toBe(
      '0/1 nodes are available: 1 No preemption victims found for incoming pod.',
    )
  })

  test('nobody, if what remains would still be in the way', () => {
    const pods = [running('low', 'a', 1), running('high', 'a', 200)]
    expect(outcome(two.slice(0, 1), pods)).toBe('0/1 nodes are available: 1 Insufficient cpu.')
  })

  test('nobody for a pod that asks not to preempt', () => {
    expect(
      outcome(two, [running('x', 'a', 1, '2'), running('y', 'b', 1, '2')], incoming({ preemptionPolicy: 'Never' })),
    ).toBe('not eligible due to preemptionPolicy=Never.')
  })

  test('nobody on nodes that no eviction opens', () => {
    const cordoned = testNode('c', { spec: { unschedulable: true } })
    expect(outcome([cordoned, testNode('tiny', { cpu: '1' })], [running('low', 'c', 1)])).toBe(
      '0/2 nodes are available: 2 Preemption is not helpful for scheduling.',
    )
  })
})

describe('which node', () => {
  test.each([
    [
      'the one whose most important victim is the least',
      [running('x', 'a', 5, '2'), running('y', 'b', 3, '2')],
      'b: y',
    ],
    [
      'of those the one with the smaller sum',
      [running('x1', 'a', 5), running('x2', 'a', 4), running('y1', 'b', 5), running('y2', 'b', 3)],
      'b: y1, y2',
    ],
    ['or with fewer victims', [running('x1', 'a', 5), running('x2', 'a', 5), running('y1', 'b', 5, '2')], 'b: y1'],
    ['or whose victims started last', [running('x', 'a', 5, '2', 1), running('y', 'b', 5, '2', 9)], 'b: y'],
  ])('%s', (_, pods, expected) => {
    expect(outcome(two, pods)).toBe(expected)
  })
})

test('a pod that keeps others away by anti-affinity can be evicted for them', () => {
  const lonely = testPod('lonely', {
    labels: { app: 'x' },
    spec: {
      nodeName: 'a',
      priority: 1,
      affinity: {
        podAntiAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [
            { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { app: 'y' } } },
          ],
        },
      },
    },
  })
  const pod = testPod('incoming', { labels: { app: 'y' }, spec: { priority: 100 } })
  expect(outcome(two.slice(0, 1), [lonely], pod)).toBe('a: lonely')
})
