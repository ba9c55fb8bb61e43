import type { Node } from '@kubets/api-types'
import { expect, test } from 'vitest'
import { testNode, testPod } from '../../fake-server.ts'
import type { NodeAspect } from '../../framework/cluster-event.ts'
import { testCluster } from '../../test-cluster.ts'
import { nodeDeclaredFeatures } from './index.ts'

const restarts = 'RestartAllContainersOnContainerExits'
const declaring = (name: string, ...declaredFeatures: string[]): Node => {
  const node = testNode(name)
  return { ...node, status: { ...node.status, declaredFeatures } }
}
const cluster = testCluster([
  testNode('old'),
  declaring('new', restarts, 'UserNamespacesHostNetworkSupport'),
  declaring('other', 'Something'),
])
const rule = (action: string) => ({ action, exitCodes: { operator: 'In', values: [42] } })
const container = (action: string) => ({ name: 'c', image: 'i', restartPolicyRules: [rule(action)] })
const why = "node(s) didn't match Pod's required features"

test.each([
  ['a plain pod', {}, {}],
  ['one that restarts a container by itself', { containers: [container('Restart')] }, {}],
  ['one that restarts all', { containers: [container('RestartAllContainers')] }, { old: why, other: why }],
  [
    'one whose init container does',
    { initContainers: [container('RestartAllContainers')], containers: [{ name: 'm', image: 'i' }] },
    { old: why, other: why },
  ],
  ["users of its own on the node's network", { hostNetwork: true, hostUsers: false }, { old: why, other: why }],
  ['users of its own', { hostUsers: false }, {}],
])('%s', (_, spec, expected) => {
  expect(cluster.reject(nodeDeclaredFeatures, testPod('p', { spec }))).toEqual(expected)
})

test('a node that declares more may help, one with other labels does not', () => {
  const update = (...changed: NodeAspect[]) => ({ kind: 'NodeUpdate', row: 0, changed: new Set(changed) }) as const
  const helps = (event: Parameters<NonNullable<typeof nodeDeclaredFeatures.mayHelp>>[0]) =>
    nodeDeclaredFeatures.mayHelp?.(event, undefined as never, undefined as never)
  expect(helps(update('declaredFeatures'))).toBe(true)
  expect(helps({ kind: 'NodeAdd', row: 0 })).toBe(true)
  expect(helps(update('labels', 'taints'))).toBe(false)
})
