import type { Deployment, Pod, ReplicaSet } from '@kubets/api-types'
import { resources } from '@kubets/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type KubectlCluster, startKubectlCluster } from './kubectl-cluster.ts'

let cluster: KubectlCluster
beforeAll(async () => {
  cluster = await startKubectlCluster(1)
})
afterAll(() => cluster?.[Symbol.asyncDispose]())

test('a Deployment rolls out, is scaled, updated and rolled back, and kubectl sees it', async () => {
  const { client, kubectl } = cluster
  await kubectl('create', 'deployment', 'web', '--image=busybox:1.35', '--replicas=3')
  expect(await kubectl('rollout', 'status', 'deployment/web', '--timeout=60s')).toContain('successfully rolled out')
  const running = async () =>
    (await client.list<Pod>(resources.pods, { namespace: 'default', labelSelector: 'app=web' })).items.filter(
      ({ metadata, status }) => status?.phase === 'Running' && !metadata?.deletionTimestamp,
    )
  expect((await running()).length).toBe(3)

  await kubectl('scale', 'deployment/web', '--replicas=5')
  await kubectl('rollout', 'status', 'deployment/web', '--timeout=60s')
  expect((await running()).length).toBe(5)

  await kubectl('set', 'image', 'deployment/web', 'busybox=busybox:1.35.0')
  await kubectl('annotate', 'deployment/web', 'kubernetes.io/change-cause=another image')
  await kubectl('rollout', 'status', 'deployment/web', '--timeout=60s')
  expect(new Set((await running()).map(pod => pod.spec?.containers[0]?.image))).toEqual(new Set(['busybox:1.35.0']))
  const history = await kubectl('rollout', 'history', 'deployment/web')
  expect(history).toMatch(/^1\s+<none>$/m)
  expect(history).toMatch(/^2\s+another image$/m)

  await kubectl('rollout', 'undo', 'deployment/web')
  await kubectl('rollout', 'status', 'deployment/web', '--timeout=60s')
  expect(new Set((await running()).map(pod => pod.spec?.containers[0]?.image))).toEqual(new Set(['busybox:1.35']))
  expect(await kubectl('rollout', 'history', 'deployment/web')).toMatch(/^3\s+<none>$/m)

  const { items: sets } = await client.list<ReplicaSet>(resources.replicaSets, { namespace: 'default' })
  expect(sets.map(set => set.spec?.replicas).sort()).toEqual([0, 5])
  for (const set of sets) expect(set.metadata?.name).toMatch(/^web-[bcdfghjklmnpqrstvwxz2456789]{8,10}$/)
  const deployment = await client.get<Deployment>(resources.deployments, { namespace: 'default', name: 'web' })
  expect(deployment.metadata?.annotations?.['deployment.kubernetes.io/revision']).toBe('3')
  expect(
    deployment.status?.conditions?.map(({ type, status, reason }) => `${type} ${status} ${reason}`).sort(),
  ).toEqual(['Available True MinimumReplicasAvailable', 'Progressing True NewReplicaSetAvailable'])
})
