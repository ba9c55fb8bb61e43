import { expect, test } from 'vitest'
import { testNode, testPod } from '../../fake-server.ts'
import { testCluster } from '../../test-cluster.ts'
import { nodeUnschedulable } from './index.ts'

const cluster = testCluster([testNode('open'), testNode('cordoned', { spec: { unschedulable: true } })])
const tolerating = (toleration: object) => testPod('p', { spec: { tolerations: [toleration] } })

test.each([
  ['a plain pod', testPod('p'), { cordoned: 'node(s) were unschedulable' }],
  ['tolerates the taint', tolerating({ key: 'node.kubernetes.io/unschedulable', operator: 'Exists' }), {}],
  ['tolerates everything', tolerating({ operator: 'Exists' }), {}],
  [
    'tolerates NoExecute only',
    tolerating({ operator: 'Exists', effect: 'NoExecute' }),
    { cordoned: 'node(s) were unschedulable' },
  ],
])('%s', (_, pod, expected) => {
  expect(cluster.reject(nodeUnschedulable, pod)).toEqual(expected)
})
