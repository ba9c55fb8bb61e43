import type { Node, Pod } from '@kubets/api-types'
import { expect, test } from 'vitest'
import { toNodeInfo } from '../../nodes/node-info.ts'
import { toPodInfo } from '../../pods/pod-info.ts'
import { outOfServicePods, tooManyEnded, unscheduledEnding } from './garbage.ts'

const pod = (
  name: string,
  phase: string,
  more: { day?: number; node?: string; deleting?: true; reason?: string } = {},
) =>
  toPodInfo({
    metadata: {
      name,
      namespace: 'n',
      creationTimestamp: `2026-01-0${more.day ?? 1}T00:00:00Z`,
      ...(more.deleting && { deletionTimestamp: '2026-02-01T00:00:00Z' }),
    },
    spec: { containers: [], nodeName: more.node },
    status: { phase, reason: more.reason },
  } as unknown as Pod)
const names = (pods: readonly { name: string }[]) => pods.map(({ name }) => name)

const some = [
  pod('young', 'Succeeded', { day: 5 }),
  pod('runs', 'Running'),
  pod('old', 'Failed', { day: 2 }),
  pod('evicted', 'Failed', { day: 4, reason: 'Evicted' }),
  pod('b', 'Succeeded', { day: 3 }),
  pod('a', 'Succeeded', { day: 3 }),
  pod('waits', 'Pending'),
]
test.each([
  [0, []],
  [-1, []],
  [5, []],
  [4, ['evicted']],
  [2, ['evicted', 'old', 'a']],
  [1, ['evicted', 'old', 'a', 'b']],
])('of ended pods %i may stay: %j go', (threshold, expected) => {
  expect(names(tooManyEnded(some, threshold))).toEqual(expected)
})

test('pods that are told to go leave a node out of service, unless it is ready', () => {
  const node = (name: string, ready: string, key: string) =>
    [
      name,
      toNodeInfo({
        metadata: { name },
        spec: { taints: [{ key, effect: 'NoExecute' }] },
        status: { conditions: [{ type: 'Ready', status: ready }] },
      } as Node),
    ] as const
  const nodes = new Map([
    node('dead', 'Unknown', 'node.kubernetes.io/out-of-service'),
    node('alive', 'True', 'node.kubernetes.io/out-of-service'),
    node('silent', 'Unknown', 'node.kubernetes.io/unreachable'),
  ])
  const pods = ['dead', 'alive', 'silent', 'gone'].map(at => pod(at, 'Running', { node: at, deleting: true }))
  const stays = pod('stays', 'Running', { node: 'dead' })
  expect(names(outOfServicePods([...pods, stays], name => nodes.get(name)))).toEqual(['dead'])
})

test('pods that never came to a node go when they are told to', () => {
  const pods = [
    pod('waits', 'Pending'),
    pod('goes', 'Pending', { deleting: true }),
    pod('runs', 'Running', { node: 'n', deleting: true }),
  ]
  expect(names(unscheduledEnding(pods))).toEqual(['goes'])
})
