import { describe, expect, test } from 'vitest'
import { testNode, testPod } from '../../fake-server.ts'
import { testCluster } from '../../test-cluster.ts'
import { nodeAffinity } from './index.ts'

const cluster = testCluster([
  testNode('a', { labels: { zone: 'x', disk: 'ssd', cores: '8' } }),
  testNode('b', { labels: { zone: 'y', cores: '16' } }),
])
const noMatch = "node(s) didn't match Pod's node affinity/selector"
const requiring = (...nodeSelectorTerms: object[]) =>
  testPod('p', {
    spec: { affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } } },
  })
const expression = (key: string, operator: string, ...values: string[]) => ({
  matchExpressions: [{ key, operator, values }],
})

describe('which nodes are left', () => {
  test.each([
    ['no demand', testPod('p'), ['a', 'b']],
    ['nodeSelector', testPod('p', { spec: { nodeSelector: { zone: 'x' } } }), ['a']],
    ['nodeSelector, both must match', testPod('p', { spec: { nodeSelector: { zone: 'x', disk: 'hdd' } } }), []],
    ['In', requiring(expression('zone', 'In', 'y', 'z')), ['b']],
    ['NotIn also without the label', requiring(expression('disk', 'NotIn', 'ssd')), ['b']],
    ['Exists', requiring(expression('disk', 'Exists')), ['a']],
    ['DoesNotExist', requiring(expression('disk', 'DoesNotExist')), ['b']],
    ['Gt', requiring(expression('cores', 'Gt', '8')), ['b']],
    ['Lt', requiring(expression('cores', 'Lt', '16')), ['a']],
    ['Gt on what is no number', requiring(expression('zone', 'Gt', '1')), []],
    ['terms are alternatives', requiring(expression('zone', 'In', 'x'), expression('zone', 'In', 'y')), ['a', 'b']],
    ['an empty term matches nothing', requiring({}), []],
    ['a label called as a method', requiring(expression('constructor', 'Exists')), []],
  ])('%s', (_, pod, left) => {
    const rejected = cluster.reject(nodeAffinity, pod)
    expect(['a', 'b'].filter(name => !(name in rejected))).toEqual(left)
    for (const reason of Object.values(rejected)) expect(reason).toBe(noMatch)
  })
})

test('a DaemonSet pod excludes other nodes by name', () => {
  const pod = requiring({ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['b'] }] })
  expect(cluster.reject(nodeAffinity, pod)).toEqual({ a: "node(s) didn't satisfy plugin(s) [NodeAffinity]" })
})

test('preferred terms add up their weights', () => {
  const preferring = (...terms: [number, object][]) =>
    testPod('p', {
      spec: {
        affinity: {
          nodeAffinity: {
            preferredDuringSchedulingIgnoredDuringExecution: terms.map(([weight, preference]) => ({
              weight,
              preference,
            })),
          },
        },
      },
    })
  expect(cluster.score(nodeAffinity, testPod('p'))).toEqual({})
  const pod = preferring(
    [10, expression('zone', 'In', 'x')],
    [20, expression('disk', 'Exists')],
    [10, expression('zone', 'In', 'y')],
  )
  expect(cluster.score(nodeAffinity, pod)).toEqual({ a: 100, b: 33 })
})
