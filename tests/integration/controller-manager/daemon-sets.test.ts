import type { DaemonSet, Node, Pod } from '@kubets/api-types'
import { resources } from '@kubets/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type KubectlCluster, startKubectlCluster } from './kubectl-cluster.ts'

let cluster: KubectlCluster
beforeAll(async () => {
  cluster = await startKubectlCluster(2)
})
afterAll(() => cluster?.[Symbol.asyncDispose]())

const daemonSet = (name: string, more: object = {}) => ({
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  metadata: { name, namespace: 'default' },
  spec: {
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { containers: [{ name: 'c', image: 'busybox:1.35' }], terminationGracePeriodSeconds: 0, ...more },
    },
  },
})
const podsOf = async (app: string) =>
  (await cluster.client.list<Pod>(resources.pods, { namespace: 'default', labelSelector: `app=${app}` })).items.filter(
    ({ metadata, status }) => !metadata?.deletionTimestamp && status?.phase === 'Running',
  )
const places = async (app: string) => (await podsOf(app)).map(({ spec }) => spec?.nodeName).sort()

test('every node has one; an update goes from node to node, and kubectl takes it back', async () => {
  const { client, kubectl, apply } = cluster
  await apply(daemonSet('agent'))
  expect(await kubectl('rollout', 'status', 'daemonset/agent', '--timeout=60s')).toContain('successfully rolled out')
  expect(await places('agent')).toEqual(['node-1', 'node-2'])

  await kubectl('set', 'image', 'daemonset/agent', 'c=busybox:1.35.0')
  await kubectl('rollout', 'status', 'daemonset/agent', '--timeout=60s')
  await expect.poll(() => places('agent')).toEqual(['node-1', 'node-2'])
  expect((await podsOf('agent')).map(pod => pod.spec?.containers[0]?.image)).toEqual(Array(2).fill('busybox:1.35.0'))
  expect(await kubectl('rollout', 'history', 'daemonset/agent')).toMatch(/^2 /m)

  await kubectl('rollout', 'undo', 'daemonset/agent')
  await kubectl('rollout', 'status', 'daemonset/agent', '--timeout=60s')
  expect((await podsOf('agent')).map(pod => pod.spec?.containers[0]?.image)).toEqual(Array(2).fill('busybox:1.35'))
  expect(await kubectl('rollout', 'history', 'daemonset/agent')).toMatch(/^3 /m)
  const { status } = await client.get<DaemonSet>(resources.daemonSets, { namespace: 'default', name: 'agent' })
  expect(status).toMatchObject({ desiredNumberScheduled: 2, numberAvailable: 2, updatedNumberScheduled: 2 })
})

/** Where pods are told to be: the kubelet learns of new labels later than we do, and may refuse the first. */
const targets = async (app: string) => {
  const options = { namespace: 'default', labelSelector: `app=${app}` }
  const { items } = await cluster.client.list<Pod>(resources.pods, options)
  return items.filter(({ metadata }) => !metadata?.deletionTimestamp).map(({ spec }) => spec?.nodeName)
}

test('it follows the labels and taints of nodes', async () => {
  const { client, apply } = cluster
  await apply(daemonSet('picky', { nodeSelector: { disk: 'ssd' } }))
  const label = (disk: string | null) =>
    client.patch<Node>(resources.nodes, { name: 'node-2' }, 'merge', { metadata: { labels: { disk } } })
  await label('ssd')
  await expect.poll(() => targets('picky')).toEqual(['node-2'])
  await label(null)
  await expect.poll(() => targets('picky')).toEqual([])
  await label('ssd')
  await expect.poll(() => targets('picky')).toEqual(['node-2'])
  const taints = [{ key: 'maintenance', effect: 'NoExecute' }]
  await client.patch<Node>(resources.nodes, { name: 'node-2' }, 'merge', { spec: { taints } })
  await expect.poll(() => targets('picky')).toEqual([])
  await client.patch<Node>(resources.nodes, { name: 'node-2' }, 'merge', { spec: { taints: null } })
})
