import { expect, test } from 'vitest'
import { testNode, testPod } from '../../fake-server.ts'
import { testCluster } from '../../test-cluster.ts'
import { nodeName } from './index.ts'

const cluster = testCluster([testNode('a'), testNode('b')])

test('a pod without a node name may go anywhere', () => {
  expect(cluster.reject(nodeName, testPod('p'))).toEqual({})
})

test('a pod with a node name only there', () => {
  const pod = testPod('p', { spec: { nodeName: 'b' } })
  expect(cluster.reject(nodeName, pod)).toEqual({ a: "node(s) didn't match the requested node name" })
})
