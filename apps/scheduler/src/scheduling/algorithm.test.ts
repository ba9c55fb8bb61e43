import type { Node, Pod } from '@kubets/api-types'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { testNode, testPod } from '../fake-server.ts'
import type { Plugin } from '../framework/plugin.ts'
import { createPlugins } from '../plugins/index.ts'
import { testCluster } from '../test-cluster.ts'
import { createAlgorithm, scoreNodes } from './algorithm.ts'
import { fitMessage } from './fit-error.ts'
import { naiveFit, naiveScore } from './naive-oracle.ts'
import { sampleSize } from './sample-size.ts'

const zones = ['a', 'b', 'c']
const nodeArbitrary = fc.record({
  cpu: fc.integer({ min: 1, max: 16 }),
  memory: fc.integer({ min: 1, max: 64 }),
  pods: fc.integer({ min: 1, max: 5 }),
  zone: fc.constantFrom(...zones, undefined),
  unschedulable: fc.boolean(),
  taint: fc.constantFrom(undefined, 'NoSchedule', 'PreferNoSchedule', 'NoExecute'),
})
const podArbitrary = fc.record({
  cpu: fc.option(fc.integer({ min: 0, max: 8_000 })),
  memory: fc.option(fc.integer({ min: 0, max: 16 })),
  zone: fc.constantFrom(...zones, undefined, undefined),
  tolerates: fc.boolean(),
  port: fc.constantFrom(undefined, undefined, 80, 443),
})

type GeneratedNode = typeof nodeArbitrary extends fc.Arbitrary<infer T> ? T : never
type GeneratedPod = typeof podArbitrary extends fc.Arbitrary<infer T> ? T : never

function toNode(g: GeneratedNode, i: number): Node {
  return {
    ...testNode(`n${i}`, {
      labels: g.zone === undefined ? {} : { zone: g.zone },
      spec: { unschedulable: g.unschedulable, taints: g.taint === undefined ? [] : [{ key: 'k', effect: g.taint }] },
    }),
    status: { allocatable: { cpu: String(g.cpu), memory: `${g.memory}Gi`, pods: String(g.pods) } },
  } as Node
}

function toPod(g: GeneratedPod, i: number, nodeName?: string): Pod {
  const requests = {
    ...(g.cpu === null ? {} : { cpu: `${g.cpu}m` }),
    ...(g.memory === null ? {} : { memory: `${g.memory}Gi` }),
  }
  return testPod(`p${i}`, {
    spec: {
      ...(nodeName === undefined ? {} : { nodeName }),
      ...(g.zone === undefined ? {} : { nodeSelector: { zone: g.zone } }),
      tolerations: g.tolerates ? [{ key: 'k', operator: 'Exists' }] : [],
      containers: [
        { name: 'c', image: 'i', resources: { requests }, ports: g.port === undefined ? [] : [{ hostPort: g.port }] },
      ],
    },
  })
}

const clusters = fc.record({
  nodes: fc.array(nodeArbitrary, { minLength: 1, maxLength: 30 }),
  running: fc.array(fc.tuple(podArbitrary, fc.nat()), { maxLength: 40 }),
  incoming: fc.array(podArbitrary, { minLength: 1, maxLength: 20 }),
})

test('it agrees with a naive reading of the rules: which nodes fit, why not, and which score highest', () => {
  fc.assert(
    fc.property(clusters, ({ nodes: generatedNodes, running, incoming }) => {
      const nodes = generatedNodes.map(toNode)
      const pods = running.map(([g, at], i) => toPod(g, i, `n${at % nodes.length}`))
      const cluster = testCluster(nodes, pods)
      const plugins = createPlugins()
      // a tie is broken by the first: random() * n < 1 never holds for 0.99 and n ≥ 2
      const algorithm = createAlgorithm({ plugins, percentageOfNodesToScore: 100, random: () => 0.99 })

      incoming.forEach((generated, i) => {
        const pod = toPod(generated, 1_000 + i)
        const reasons = new Map(nodes.map(node => [node.metadata?.name ?? '', naiveFit(pod, node, pods)]))
        const fitting = nodes.filter(node => reasons.get(node.metadata?.name ?? '')?.length === 0)
        const placement = algorithm.place(cluster.info(pod), cluster.cache)
        if ('diagnosis' in placement) {
          expect(fitting).toEqual([])
          for (const [row, rejection] of placement.diagnosis.rejections)
            expect(rejection.reasons).toEqual(reasons.get(cluster.cache.nodes.node(row).name))
          return
        }
        const chosen = cluster.cache.nodes.node(placement.row).name
        expect(fitting.map(node => node.metadata?.name)).toContain(chosen)
        const scores = naiveScore(pod, fitting, pods)
        expect(scores.get(chosen)).toBe(Math.max(...scores.values()))
        // from here on the pod runs there
        const bound = toPod(generated, 1_000 + i, chosen)
        pods.push(bound)
        cluster.cache.setPod(cluster.info(bound))
      })
    }),
    { numRuns: 300 },
  )
})

test('thousands of nodes and pods: columns stay what a recount gives, whatever was added, moved and removed', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(podArbitrary, fc.nat({ max: 99 }), fc.nat({ max: 199 })), { minLength: 500, maxLength: 1_500 }),
      changes => {
        const nodes = Array.from({ length: 100 }, (_, i) => testNode(`n${i}`))
        const { cache, info } = testCluster(nodes)
        const alive = new Map<string, Pod>()
        for (const [generated, node, id] of changes) {
          const pod = toPod(generated, id, `n${node}`)
          const uid = pod.metadata?.uid ?? ''
          if (alive.delete(uid)) cache.removePod(uid)
          else {
            alive.set(uid, pod)
            cache.setPod(info(pod))
          }
        }
        const { cache: recount } = testCluster(nodes, [...alive.values()])
        for (const row of cache.nodes.order) {
          const other = recount.nodes.rowOf(cache.nodes.node(row).name) ?? -1
          for (const column of ['cpu', 'memory', 'pods'] as const)
            expect(cache.nodes[column].requested.values[row]).toBe(recount.nodes[column].requested.values[other])
          expect(cache.nodes.nonZeroCpu.values[row]).toBe(recount.nodes.nonZeroCpu.values[other])
        }
      },
    ),
    { numRuns: 10 },
  )
})

describe('the search', () => {
  const always: Plugin = { name: 'Always', filter: () => () => undefined }

  test.each([
    [50, 0, 50],
    [99, 10, 99],
    [1_000, 0, 420],
    [5_000, 0, 500],
    [6_000, 0, 300],
    [15_000, 0, 750],
    [1_000, 100, 1_000],
    [1_000, 2, 100],
  ])('of %i nodes at %i %% looks for %i', (nodes, percentage, expected) => {
    expect(sampleSize(nodes, percentage)).toBe(expected)
  })

  test('begins where the last one ended, so that all nodes get their turn', () => {
    const nodes = Array.from({ length: 250 }, (_, i) => testNode(`n${i}`))
    const cluster = testCluster(nodes)
    const seen = new Set<number>()
    const spy: Plugin = {
      name: 'Spy',
      filter: () => row => {
        seen.add(row)
        return undefined
      },
    }
    const algorithm = createAlgorithm({ plugins: [spy], percentageOfNodesToScore: 0, random: () => 0 })
    const pod = cluster.info(testPod('p'))
    expect(algorithm.place(pod, cluster.cache)).toMatchObject({ evaluated: 120, feasible: 120 })
    expect(seen.size).toBe(120)
    algorithm.place(pod, cluster.cache)
    algorithm.place(pod, cluster.cache)
    expect(seen.size).toBe(250)
  })

  test('zones take turns', () => {
    const nodes = ['a', 'a', 'a', 'b', 'c', 'c'].map((zone, i) =>
      testNode(`${zone}${i}`, { labels: { 'topology.kubernetes.io/zone': zone } }),
    )
    const { cache } = testCluster(nodes)
    expect([...cache.nodes.order].map(row => cache.nodes.node(row).name)).toEqual(['a0', 'b3', 'c4', 'a1', 'c5', 'a2'])
  })

  test('equal nodes are chosen by chance', () => {
    const cluster = testCluster([testNode('a'), testNode('b'), testNode('c')])
    const algorithm = createAlgorithm({ plugins: [always], percentageOfNodesToScore: 0, random: Math.random })
    const chosen = new Set<number>()
    for (let i = 0; i < 200; i++) {
      const placement = algorithm.place(cluster.info(testPod('p')), cluster.cache)
      if ('row' in placement) chosen.add(placement.row)
    }
    expect(chosen.size).toBe(3)
  })

  test('scores are weighted', () => {
    const cluster = testCluster([testNode('a'), testNode('b')])
    const plugins: Plugin[] = [
      { name: 'A', weight: 3, score: () => row => (row === 0 ? 10 : 0) },
      { name: 'B', weight: 1, score: () => row => (row === 1 ? 20 : 0) },
    ]
    const totals = scoreNodes(plugins, cluster.info(testPod('p')), cluster.cache, cluster.cache.nodes.order)
    expect([...totals]).toEqual([30, 20])
  })
})

test('reasons are counted over the nodes and sorted as upstream does', () => {
  const because = (...reasons: string[]) => ({ reasons })
  expect(
    fitMessage(12, [
      ...Array(10).fill(because('Insufficient cpu')),
      because('Insufficient memory', 'Too many pods'),
      because('Insufficient memory'),
    ]),
  ).toBe('0/12 nodes are available: 1 Too many pods, 10 Insufficient cpu, 2 Insufficient memory.')
})
