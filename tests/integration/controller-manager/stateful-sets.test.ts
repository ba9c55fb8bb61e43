import type { PersistentVolumeClaim, Pod, StatefulSet } from '@kubets/api-types'
import { resources } from '@kubets/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type KubectlCluster, startKubectlCluster } from './kubectl-cluster.ts'

let cluster: KubectlCluster
beforeAll(async () => {
  cluster = await startKubectlCluster(1)
})
afterAll(() => cluster?.[Symbol.asyncDispose]())

const statefulSet = (name: string, replicas: number, more: object = {}) => ({
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { name, namespace: 'default' },
  spec: {
    replicas,
    serviceName: name,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { containers: [{ name: 'c', image: 'busybox:1.35' }], terminationGracePeriodSeconds: 0 },
    },
    ...more,
  },
})
const podsOf = async (app: string) =>
  (await cluster.client.list<Pod>(resources.pods, { namespace: 'default', labelSelector: `app=${app}` })).items.filter(
    ({ metadata }) => !metadata?.deletionTimestamp,
  )
const names = async (app: string) => (await podsOf(app)).map(({ metadata }) => metadata?.name).sort()

test('pods come in order with their names, are updated from the last to the first, and go from the last', async () => {
  const { client, kubectl, apply } = cluster
  await apply(statefulSet('db', 3))
  expect(await kubectl('rollout', 'status', 'statefulset/db', '--timeout=60s')).toContain(
    'roll out complete: 3 new pods',
  )
  expect(await names('db')).toEqual(['db-0', 'db-1', 'db-2'])
  const first = await client.get<Pod>(resources.pods, { namespace: 'default', name: 'db-0' })
  expect(first.spec).toMatchObject({ hostname: 'db-0', subdomain: 'db' })
  expect(first.metadata?.labels).toMatchObject({
    'statefulset.kubernetes.io/pod-name': 'db-0',
    'apps.kubernetes.io/pod-index': '0',
  })

  await kubectl('set', 'image', 'statefulset/db', 'c=busybox:1.35.0')
  await kubectl('rollout', 'status', 'statefulset/db', '--timeout=60s')
  expect((await podsOf('db')).map(({ spec }) => spec?.containers[0]?.image)).toEqual(Array(3).fill('busybox:1.35.0'))
  await kubectl('rollout', 'undo', 'statefulset/db')
  await kubectl('rollout', 'status', 'statefulset/db', '--timeout=60s')
  expect((await podsOf('db')).map(({ spec }) => spec?.containers[0]?.image)).toEqual(Array(3).fill('busybox:1.35'))

  await kubectl('scale', 'statefulset/db', '--replicas=1')
  await expect.poll(() => names('db')).toEqual(['db-0'])
  const status = async () =>
    (await client.get<StatefulSet>(resources.statefulSets, { namespace: 'default', name: 'db' })).status
  await expect.poll(status).toMatchObject({ replicas: 1, readyReplicas: 1, updatedReplicas: 1, currentReplicas: 1 })
})

test('a partition keeps the first pods as they are', async () => {
  const { kubectl, apply } = cluster
  const updateStrategy = { type: 'RollingUpdate', rollingUpdate: { partition: 1 } }
  await apply(statefulSet('split', 2, { updateStrategy, podManagementPolicy: 'Parallel' }))
  await kubectl('rollout', 'status', 'statefulset/split', '--timeout=60s')
  await kubectl('set', 'image', 'statefulset/split', 'c=busybox:1.35.0')
  const images = async () =>
    Object.fromEntries((await podsOf('split')).map(pod => [pod.metadata?.name, pod.spec?.containers[0]?.image]))
  await expect.poll(images).toEqual({ 'split-0': 'busybox:1.35', 'split-1': 'busybox:1.35.0' })
})

test('each pod has a claim of its own, which belongs to the set when it should go with it', async () => {
  const { client, apply } = cluster
  const { metadata } = JSON.parse(
    await (async () => {
      await apply(
        statefulSet('disk', 1, {
          persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Delete', whenScaled: 'Retain' },
          volumeClaimTemplates: [
            {
              metadata: { name: 'data' },
              spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
            },
          ],
        }),
      )
      return cluster.kubectl('get', 'statefulset', 'disk', '-o', 'json')
    })(),
  ) as StatefulSet
  const claim = () =>
    client
      .get<PersistentVolumeClaim>(resources.persistentVolumeClaims, { namespace: 'default', name: 'data-disk-0' })
      .catch(() => undefined)
  await expect.poll(async () => (await claim())?.metadata?.labels).toEqual({ app: 'disk' })
  await expect
    .poll(async () => (await claim())?.metadata?.ownerReferences?.map(({ uid }) => uid))
    .toEqual([metadata?.uid])
  const pod = await client.get<Pod>(resources.pods, { namespace: 'default', name: 'disk-0' })
  expect(pod.spec?.volumes).toContainEqual({ name: 'data', persistentVolumeClaim: { claimName: 'data-disk-0' } })
})
