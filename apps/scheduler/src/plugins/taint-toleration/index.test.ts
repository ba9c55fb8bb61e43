import { describe, expect, test } from 'vitest'
import { testNode, testPod } from '../../fake-server.ts'
import { testCluster } from '../../test-cluster.ts'
import { taintToleration } from './index.ts'

const node = (name: string, ...taints: object[]) => testNode(name, { spec: { taints } })
const tolerating = (...tolerations: object[]) => testPod('p', { spec: { tolerations } })
const gpu = { key: 'gpu', value: 'a100', effect: 'NoSchedule' }

describe('a node with the taint gpu=a100:NoSchedule', () => {
  const refused = { n: 'node(s) had untolerated taint(s)' }
  test.each([
    ['no toleration', [], refused],
    ['the same key and value', [{ key: 'gpu', value: 'a100' }], {}],
    ['another value', [{ key: 'gpu', value: 'h100' }], refused],
    ['the key exists', [{ key: 'gpu', operator: 'Exists' }], {}],
    ['another effect', [{ key: 'gpu', operator: 'Exists', effect: 'NoExecute' }], refused],
    ['everything', [{ operator: 'Exists' }], {}],
    ['an empty key with Equal', [{ operator: 'Equal', value: 'a100' }], refused],
  ])('%s', (_, tolerations, expected) => {
    expect(testCluster([node('n', gpu)]).reject(taintToleration, tolerating(...tolerations))).toEqual(expected)
  })
})

test('PreferNoSchedule does not refuse, NoExecute does', () => {
  const cluster = testCluster([
    node('soft', { ...gpu, effect: 'PreferNoSchedule' }),
    node('hard', { ...gpu, effect: 'NoExecute' }),
  ])
  expect(Object.keys(cluster.reject(taintToleration, testPod('p')))).toEqual(['hard'])
})

test('fewer untolerated PreferNoSchedule taints score higher', () => {
  const soft = (key: string) => ({ key, effect: 'PreferNoSchedule' })
  const cluster = testCluster([node('none'), node('one', soft('a')), node('two', soft('a'), soft('b'))])
  expect(cluster.score(taintToleration, testPod('p'))).toEqual({ none: 100, one: 50, two: 0 })
  const pod = tolerating({ key: 'a', operator: 'Exists', effect: 'PreferNoSchedule' })
  expect(cluster.score(taintToleration, pod)).toEqual({ none: 100, one: 100, two: 0 })
})
