import { expect, test } from 'vitest'
import { testNode, testPod } from '../../fake-server.ts'
import { testCluster } from '../../test-cluster.ts'
import { nodeResourcesBalancedAllocation } from './index.ts'

const node = (name: string, allocatable: Record<string, string>) => ({ ...testNode(name), status: { allocatable } })
const asking = (requests: Record<string, string>) =>
  testPod('p', { spec: { containers: [{ name: 'c', image: 'i', resources: { requests } }] } })

test('shares of CPU and memory that are alike score high', () => {
  const cluster = testCluster([
    node('even', { cpu: '2', memory: '2000' }),
    node('uneven', { cpu: '4', memory: '1000' }),
    node('over', { cpu: '1', memory: '500' }),
  ])
  // even: 0.5 and 0.5; uneven: 0.25 and 1; over: both cut to 1
  const scores = cluster.score(nodeResourcesBalancedAllocation(), asking({ cpu: '1', memory: '1000' }))
  expect(scores).toEqual({ even: 100, uneven: 62, over: 100 })
})

test('it has no opinion on pods that ask for nothing', () => {
  const cluster = testCluster([testNode('a')])
  expect(cluster.score(nodeResourcesBalancedAllocation(), testPod('p'))).toEqual({})
})

test('three resources: the standard deviation of their shares', () => {
  const cluster = testCluster([node('n', { cpu: '2', memory: '1000', 'example.com/gpu': '4' })])
  const plugin = nodeResourcesBalancedAllocation(
    ['cpu', 'memory', 'example.com/gpu'].map(name => ({ name, weight: 1 })),
  )
  // 0.5, 1 and 0.25: deviation 0.3118
  expect(cluster.score(plugin, asking({ cpu: '1', memory: '1000', 'example.com/gpu': '1' }))).toEqual({ n: 68 })
})
