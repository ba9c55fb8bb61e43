import { describe, expect, test } from 'vitest'
import { testNode, testPod } from '../../fake-server.ts'
import { testCluster } from '../../test-cluster.ts'
import { podTopologySpread } from './index.ts'

const app = { app: 'web' }
const spreading = (...constraints: object[]) =>
  testPod('p', {
    labels: app,
    spec: {
      topologySpreadConstraints: constraints.map(constraint => ({
        maxSkew: 1,
        topologyKey: 'zone',
        whenUnsatisfiable: 'DoNotSchedule',
        labelSelector: { matchLabels: app },
        ...constraint,
      })),
    },
  })
const running = (name: string, nodeName: string, more: object = {}) =>
  testPod(name, { labels: app, spec: { nodeName }, ...more })
const nodes = [
  testNode('a1', { labels: { zone: 'a' } }),
  testNode('a2', { labels: { zone: 'a' } }),
  testNode('b1', { labels: { zone: 'b' } }),
  testNode('nowhere'),
]
const skewed = "node(s) didn't match pod topology spread constraints"
const missing = `${skewed} (missing required label)`

describe('with two matching pods in zone a and one in b', () => {
  const cluster = testCluster(nodes, [
    running('1', 'a1'),
    running('2', 'a2'),
    running('3', 'b1'),
    running('other-namespace', 'b1', { namespace: 'other' }),
    running('without-the-label', 'b1', { labels: {} }),
  ])
  test.each([
    ['skew 1 leaves the emptier zone', [{}], { a1: skewed, a2: skewed, nowhere: missing }],
    ['skew 2 leaves both', [{ maxSkew: 2 }], { nowhere: missing }],
    ['a wish refuses nobody', [{ whenUnsatisfiable: 'ScheduleAnyway' }], {}],
    [
      'too few domains count as an empty one',
      [{ minDomains: 3, maxSkew: 2 }],
      { a1: skewed, a2: skewed, nowhere: missing },
    ],
    [
      'over hosts each node is a domain',
      [{ topologyKey: 'kubernetes.io/hostname' }],
      { a1: skewed, a2: skewed, b1: skewed },
    ],
    [
      'a selector that does not select the pod itself',
      [{ labelSelector: { matchLabels: { app: 'db' } } }],
      { nowhere: missing },
    ],
  ])('%s', (_, constraints, expected) => {
    expect(cluster.reject(podTopologySpread, spreading(...constraints))).toEqual(expected)
  })
})

test('pods that are being deleted are not counted', () => {
  const leaving = running('1', 'a1')
  leaving.metadata = { ...leaving.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' }
  expect(testCluster(nodes.slice(0, 3), [leaving]).reject(podTopologySpread, spreading({}))).toEqual({})
})

test('zones that the pod cannot go to are left out of the comparison, unless told to count', () => {
  const pod = (policy: object) => {
    const pod = spreading(policy)
    if (pod.spec) pod.spec.nodeSelector = { zone: 'a' }
    return pod
  }
  const cluster = testCluster(nodes.slice(0, 3), [running('1', 'a1')])
  expect(cluster.reject(podTopologySpread, pod({}))).toEqual({})
  expect(Object.keys(cluster.reject(podTopologySpread, pod({ nodeAffinityPolicy: 'Ignore' })))).toEqual(['a1', 'a2'])
})

test('matchLabelKeys compare only pods of the same revision', () => {
  const revision = (name: string, hash: string, nodeName?: string) =>
    testPod(name, {
      labels: { ...app, hash },
      spec: nodeName ? { nodeName } : (spreading({ matchLabelKeys: ['hash'] }).spec ?? {}),
    })
  const cluster = testCluster(nodes.slice(0, 3), [revision('old', '1', 'a1')])
  expect(cluster.reject(podTopologySpread, revision('new', '2'))).toEqual({})
  expect(Object.keys(cluster.reject(podTopologySpread, revision('same', '1')))).toEqual(['a1', 'a2'])
})

test('as a wish: fewer matching pods score higher, nodes without the label nothing', () => {
  const cluster = testCluster(nodes, [running('1', 'a1'), running('2', 'a2'), running('3', 'b1')])
  const scores = cluster.score(podTopologySpread, spreading({ whenUnsatisfiable: 'ScheduleAnyway' }))
  expect(scores.b1).toBe(100)
  expect(scores.a1).toBeLessThan(100)
  expect(scores.nowhere).toBe(0)
})
