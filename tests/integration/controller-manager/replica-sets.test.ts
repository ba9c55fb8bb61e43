import type { Event, Pod, ReplicaSet, ReplicationController } from '@kubets/api-types'
import { resources } from '@kubets/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ControlPlane } from '../control-plane.ts'
import { startManagedPlane } from './managed-plane.ts'

let plane: ControlPlane
beforeAll(async () => {
  plane = await startManagedPlane()
})
afterAll(() => plane[Symbol.asyncDispose]())

const template = (app: string, more: object = {}) => ({
  metadata: { labels: { app } },
  spec: { containers: [{ name: 'c', image: 'busybox' }], ...more },
})
const replicaSet = (app: string, replicas: number, more: object = {}) =>
  plane.client.create<ReplicaSet>(resources.replicaSets, {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { name: app, namespace: 'default' },
    spec: { replicas, selector: { matchLabels: { app } }, template: template(app), ...more },
  } as unknown as ReplicaSet)
const podsOf = async (app: string) =>
  (await plane.client.list<Pod>(resources.pods, { namespace: 'default', labelSelector: `app=${app}` })).items.filter(
    ({ metadata }) => !metadata?.deletionTimestamp,
  )
const status = async (name: string) =>
  (await plane.client.get<ReplicaSet>(resources.replicaSets, { namespace: 'default', name })).status

/** What a kubelet would say of it. */
async function makeReady({ metadata }: Pod): Promise<void> {
  const condition = { type: 'Ready', status: 'True', lastTransitionTime: new Date().toISOString() }
  await plane.client.patch(
    resources.pods,
    { namespace: 'default', name: metadata?.name ?? '' },
    'strategic',
    { status: { phase: 'Running', conditions: [condition] } },
    { subresource: 'status' },
  )
}

test('a ReplicaSet has as many pods as it asks for, replaces what goes, and its status says what there is', async () => {
  const { client } = plane
  await replicaSet('size', 3)
  await expect.poll(async () => (await podsOf('size')).length).toBe(3)
  const [first, second, third] = await podsOf('size')
  expect(first?.metadata?.ownerReferences).toMatchObject([
    { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'size', controller: true, blockOwnerDeletion: true },
  ])
  expect(first?.metadata?.name).toMatch(/^size-[a-z0-9]{5}$/)
  await makeReady(first as Pod)
  await expect
    .poll(() => status('size'))
    .toMatchObject({
      replicas: 3,
      fullyLabeledReplicas: 3,
      readyReplicas: 1,
      availableReplicas: 1,
      observedGeneration: 1,
    })

  await client.delete(resources.pods, { namespace: 'default', name: second?.metadata?.name ?? '' })
  await expect.poll(async () => (await podsOf('size')).length).toBe(3)
  expect((await podsOf('size')).map(pod => pod.metadata?.uid)).not.toContain(second?.metadata?.uid)

  // the one that is ready stays longest
  await client.patch(resources.replicaSets, { namespace: 'default', name: 'size' }, 'merge', { spec: { replicas: 1 } })
  await expect.poll(async () => (await podsOf('size')).map(pod => pod.metadata?.uid)).toEqual([first?.metadata?.uid])
  const reasons = async () =>
    new Set(
      (
        await client.list<Event>(resources.events, { namespace: 'default', fieldSelector: 'involvedObject.name=size' })
      ).items.map(({ reason, source }) => `${source?.component}: ${reason}`),
    )
  await expect
    .poll(reasons)
    .toEqual(new Set(['replicaset-controller: SuccessfulCreate', 'replicaset-controller: SuccessfulDelete']))
  expect(third).toBeDefined()
})

test('orphans that it selects are adopted, and a pod that it no longer selects is released and replaced', async () => {
  const { client } = plane
  const orphan = await client.create<Pod>(resources.pods, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'found', namespace: 'default', labels: { app: 'adopt' } },
    spec: template('adopt').spec,
  } as unknown as Pod)
  const { metadata } = await replicaSet('adopt', 2)
  await expect.poll(async () => (await podsOf('adopt')).length).toBe(2)
  const owners = async () =>
    (await client.get<Pod>(resources.pods, { namespace: 'default', name: 'found' })).metadata?.ownerReferences ?? []
  expect((await owners()).map(({ uid }) => uid)).toEqual([metadata?.uid])
  expect(orphan.metadata?.uid).toBeTruthy()

  const relabel = { metadata: { labels: { app: 'elsewhere' } } }
  await client.patch(resources.pods, { namespace: 'default', name: 'found' }, 'merge', relabel)
  await expect.poll(owners).toEqual([])
  await expect.poll(async () => (await podsOf('adopt')).length).toBe(2)
})

test('a pod becomes available after it was ready for long enough', async () => {
  await replicaSet('patient', 1, { minReadySeconds: 2 })
  await expect.poll(async () => (await podsOf('patient')).length).toBe(1)
  const [pod] = await podsOf('patient')
  await makeReady(pod as Pod)
  await expect.poll(async () => (await status('patient'))?.readyReplicas).toBe(1)
  expect((await status('patient'))?.availableReplicas ?? 0).toBe(0)
  await expect.poll(async () => (await status('patient'))?.availableReplicas).toBe(1)
})

test('pods that the server refuses are tried one at a time, and a condition says why', async () => {
  await replicaSet('refused', 5, { template: template('refused', { priorityClassName: 'nobody' }) })
  const failure = async () => (await status('refused'))?.conditions?.find(({ type }) => type === 'ReplicaFailure')
  await expect.poll(failure).toMatchObject({ status: 'True', reason: 'FailedCreate' })
  expect((await failure())?.message).toContain('no PriorityClass with name nobody was found')
  expect(await podsOf('refused')).toEqual([])
})

test('a ReplicationController does the same', async () => {
  const { client } = plane
  await client.create<ReplicationController>(resources.replicationControllers, {
    apiVersion: 'v1',
    kind: 'ReplicationController',
    metadata: { name: 'elder', namespace: 'default' },
    spec: { replicas: 2, selector: { app: 'elder' }, template: template('elder') },
  } as unknown as ReplicationController)
  await expect.poll(async () => (await podsOf('elder')).length).toBe(2)
  expect((await podsOf('elder'))[0]?.metadata?.ownerReferences).toMatchObject([
    { apiVersion: 'v1', kind: 'ReplicationController', name: 'elder' },
  ])
  const observed = async () =>
    (await client.get<ReplicationController>(resources.replicationControllers, { namespace: 'default', name: 'elder' }))
      .status
  await expect.poll(observed).toMatchObject({ replicas: 2, fullyLabeledReplicas: 2, observedGeneration: 1 })
})
