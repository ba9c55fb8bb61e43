import type { Event, Lease, Node, Pod } from '@kubets/api-types'
import { isConflict, isNotFound } from '@kubets/apimachinery'
import { resources } from '@kubets/client'
import { defaultConfiguration } from '@kubets/controller-manager'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ControlPlane } from '../control-plane.ts'
import { startManagedPlane } from './managed-plane.ts'

let plane: ControlPlane
beforeAll(async () => {
  plane = await startManagedPlane({
    nodes: {
      ...defaultConfiguration.nodes,
      monitorPeriod: 50,
      monitorGracePeriod: 2_000,
      startupGracePeriod: 2_000,
      evictionRate: 100,
    },
    podGcPeriod: 50,
    podGcQuarantine: 100,
  })
  // somebody is always there: otherwise it is the control plane's own trouble, and nothing is evicted
  await register('steady')
  beating.add('steady')
  beats = setInterval(() => void Promise.all([...beating].map(beat)).catch(() => undefined), 200)
})
afterAll(async () => {
  clearInterval(beats)
  await plane?.[Symbol.asyncDispose]()
})

let beats: NodeJS.Timeout
const beating = new Set<string>()
const namespace = 'default'

/** What a kubelet does every ten seconds. */
async function beat(name: string): Promise<void> {
  const key = { namespace: 'kube-node-lease', name }
  const spec = {
    holderIdentity: name,
    leaseDurationSeconds: 40,
    renewTime: new Date().toISOString().replace('Z', '000Z'),
  }
  try {
    await plane.client.patch(resources.leases, key, 'merge', { spec })
  } catch (error) {
    if (!isNotFound(error)) throw error
    const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: key, spec } as unknown as Lease
    await plane.client.create(resources.leases, lease)
  }
}

const conditions = (ready: string, more: Record<string, string> = {}) =>
  Object.entries({ MemoryPressure: 'False', DiskPressure: 'False', PIDPressure: 'False', ...more, Ready: ready }).map(
    ([type, status]) => ({
      type,
      status,
      reason: 'AsTheTestSays',
      message: 'm',
      lastHeartbeatTime: new Date().toISOString(),
      lastTransitionTime: new Date().toISOString(),
    }),
  )
const register = (name: string, ready = 'True') =>
  plane.client.create<Node>(resources.nodes, {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { 'kubernetes.io/os': 'linux' } },
    status: { conditions: conditions(ready) },
  } as unknown as Node)
const say = (name: string, ready: string, more: Record<string, string> = {}) =>
  plane.client.patch(
    resources.nodes,
    { name },
    'strategic',
    { status: { conditions: conditions(ready, more) } },
    { subresource: 'status' },
  )
const nodeOf = (name: string) => plane.client.get<Node>(resources.nodes, { name })
const taintsOf = async (name: string) =>
  ((await nodeOf(name)).spec?.taints ?? []).map(({ key, effect }) => `${key.split('/')[1]}:${effect}`).sort()
const statusOf = async (name: string, type = 'Ready') =>
  (await nodeOf(name)).status?.conditions?.find(condition => condition.type === type)

const runPod = async (name: string, nodeName: string, more: object = {}) => {
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace },
    spec: { nodeName, containers: [{ name: 'c', image: 'i' }], terminationGracePeriodSeconds: 30, ...more },
  }
  await plane.client.create<Pod>(resources.pods, pod as unknown as Pod)
  const status = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] }
  await plane.client.patch(resources.pods, { namespace, name }, 'strategic', { status }, { subresource: 'status' })
}
const podOf = (name: string) =>
  plane.client.get<Pod>(resources.pods, { namespace, name }).catch(error => {
    if (!isNotFound(error)) throw error
    return undefined
  })
const eventsOf = async (name: string) =>
  (await plane.client.list<Event>(resources.events, { fieldSelector: `involvedObject.name=${name}` })).items.map(
    ({ reason, message, source, type }) => `${source?.component} ${type} ${reason}: ${message}`,
  )

test('a new node takes no pods before it says that it is ready, and then at once', async () => {
  const made = await register('fresh', 'False')
  expect(made.spec?.taints).toEqual([{ key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }])
  beating.add('fresh')
  await say('fresh', 'True')
  await expect.poll(() => taintsOf('fresh')).toEqual([])
  await expect
    .poll(async () => (await nodeOf('fresh')).metadata?.labels)
    .toMatchObject({ 'beta.kubernetes.io/os': 'linux' })
  await expect
    .poll(() => eventsOf('fresh'))
    .toContain('node-controller Normal RegisteredNode: Node fresh event: Registered Node fresh in Controller')
})

test('what is wrong with a node keeps new pods away, and so does cordoning it', async () => {
  const { client } = plane
  await register('full')
  beating.add('full')
  await say('full', 'True', { DiskPressure: 'True', NetworkUnavailable: 'True' })
  await client.patch(resources.nodes, { name: 'full' }, 'merge', { spec: { unschedulable: true } })
  await expect
    .poll(() => taintsOf('full'))
    .toEqual(['disk-pressure:NoSchedule', 'network-unavailable:NoSchedule', 'unschedulable:NoSchedule'])
  expect((await nodeOf('full')).spec?.taints?.every(({ timeAdded }) => timeAdded !== undefined)).toBe(true)
  await say('full', 'True', { NetworkUnavailable: 'False' })
  await client.patch(resources.nodes, { name: 'full' }, 'merge', { spec: { unschedulable: null } })
  await expect.poll(() => taintsOf('full')).toEqual([])
})

test('a node that falls silent is unreachable, its pods are not ready and leave it; it comes back', async () => {
  await register('mortal')
  beating.add('mortal')
  await expect.poll(() => taintsOf('mortal')).toEqual([])
  const toleration = (key: string, tolerationSeconds?: number) => ({
    key: `node.kubernetes.io/${key}`,
    operator: 'Exists',
    effect: 'NoExecute',
    ...(tolerationSeconds === undefined ? {} : { tolerationSeconds }),
  })
  await runPod('patient', 'mortal')
  await runPod('daemon', 'mortal', { tolerations: [toleration('not-ready'), toleration('unreachable')] })
  await runPod('hasty', 'mortal', { tolerations: [toleration('not-ready', 0), toleration('unreachable', 0)] })
  beating.delete('mortal')
  await expect
    .poll(() => statusOf('mortal'), { timeout: 10_000 })
    .toMatchObject({
      status: 'Unknown',
      reason: 'NodeStatusUnknown',
      message: 'Kubelet stopped posting node status.',
    })
  expect(await statusOf('mortal', 'PIDPressure')).toMatchObject({ status: 'Unknown' })
  await expect.poll(() => taintsOf('mortal')).toEqual(['unreachable:NoExecute', 'unreachable:NoSchedule'])

  const readyOf = (pod: Pod | undefined) => pod?.status?.conditions?.find(({ type }) => type === 'Ready')?.status
  for (const name of ['patient', 'daemon']) await expect.poll(async () => readyOf(await podOf(name))).toBe('False')
  await expect.poll(() => eventsOf('patient')).toContain('node-controller Warning NodeNotReady: Node is not ready')
  expect(await eventsOf('mortal')).toContain(
    'node-controller Normal NodeNotReady: Node mortal status is now: NodeNotReady',
  )

  await expect.poll(async () => (await podOf('hasty'))?.metadata?.deletionTimestamp).toBeDefined()
  const hasty = await podOf('hasty')
  expect(hasty?.status?.conditions?.find(({ type }) => type === 'DisruptionTarget')).toMatchObject({
    status: 'True',
    reason: 'DeletionByTaintManager',
    message: 'Taint manager: deleting due to NoExecute taint',
    observedGeneration: 1,
  })
  await expect
    .poll(() => eventsOf('hasty'))
    .toContain('taint-eviction-controller Normal TaintManagerEviction: Marking for deletion Pod default/hasty')
  expect((await podOf('patient'))?.metadata?.deletionTimestamp).toBeUndefined()
  expect((await podOf('daemon'))?.metadata?.deletionTimestamp).toBeUndefined()

  beating.add('mortal')
  await say('mortal', 'True')
  await expect.poll(() => taintsOf('mortal')).toEqual([])
  await expect
    .poll(() => eventsOf('patient'))
    .toContain('taint-eviction-controller Normal TaintManagerEviction: Cancelling deletion of Pod default/patient')
  expect((await podOf('patient'))?.metadata?.deletionTimestamp).toBeUndefined()
})

test('a node that never says how it is is unreachable after its time to start', async () => {
  await plane.client.create<Node>(resources.nodes, { apiVersion: 'v1', kind: 'Node', metadata: { name: 'mute' } })
  await expect
    .poll(() => statusOf('mute'), { timeout: 10_000 })
    .toMatchObject({
      status: 'Unknown',
      reason: 'NodeStatusNeverUpdated',
      message: 'Kubelet never posted node status.',
    })
  await expect.poll(() => taintsOf('mute')).toEqual(['unreachable:NoExecute', 'unreachable:NoSchedule'])
  await plane.client.delete(resources.nodes, { name: 'mute' })
  await expect
    .poll(() => eventsOf('mute'))
    .toContain('node-controller Normal RemovingNode: Node mute event: Removing Node mute from Controller')
})

test('tolerationSeconds of a taint that somebody sets are waited for', async () => {
  await register('drained')
  beating.add('drained')
  await expect.poll(() => taintsOf('drained')).toEqual([])
  const tolerations = [{ key: 'maintenance', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 1 }]
  await runPod('short', 'drained', { tolerations })
  await runPod('none', 'drained')
  const began = Date.now()
  for (;;) {
    const { metadata, spec } = await nodeOf('drained')
    const taints = [...(spec?.taints ?? []), { key: 'maintenance', effect: 'NoExecute' }]
    const body = { metadata: { resourceVersion: metadata?.resourceVersion }, spec: { taints } }
    const done = await plane.client.patch(resources.nodes, { name: 'drained' }, 'merge', body).then(
      () => true,
      error => !isConflict(error),
    )
    if (done) break
  }
  await expect.poll(async () => (await podOf('none'))?.metadata?.deletionTimestamp).toBeDefined()
  expect((await podOf('short'))?.metadata?.deletionTimestamp).toBeUndefined()
  await expect.poll(async () => (await podOf('short'))?.metadata?.deletionTimestamp, { timeout: 5_000 }).toBeDefined()
  expect(Date.now() - began).toBeGreaterThanOrEqual(1_000)
})

test('pods of a node that is gone fail and go; so do ending pods of one that is out of service', async () => {
  const { client } = plane
  await register('doomed')
  await runPod('orphan', 'doomed', { tolerations: [{ operator: 'Exists' }] })
  await client.patch(resources.pods, { namespace, name: 'orphan' }, 'merge', {
    metadata: { finalizers: ['example.com/look'] },
  })
  await client.delete(resources.nodes, { name: 'doomed' })
  await expect.poll(async () => (await podOf('orphan'))?.metadata?.deletionTimestamp, { timeout: 5_000 }).toBeDefined()
  const orphan = await podOf('orphan')
  expect(orphan?.status?.phase).toBe('Failed')
  expect(orphan?.status?.conditions?.find(({ type }) => type === 'DisruptionTarget')).toMatchObject({
    reason: 'DeletionByPodGC',
    message: 'PodGC: node no longer exists',
    observedGeneration: 1,
  })
  await client.patch(resources.pods, { namespace, name: 'orphan' }, 'merge', { metadata: { finalizers: null } })
  await expect.poll(() => podOf('orphan')).toBeUndefined()

  await register('broken', 'False')
  beating.add('broken')
  await runPod('stuck', 'broken', { tolerations: [{ operator: 'Exists' }] })
  await client.delete(resources.pods, { namespace, name: 'stuck' })
  expect(await podOf('stuck')).toBeDefined()
  const taints = [{ key: 'node.kubernetes.io/out-of-service', value: 'nodeshutdown', effect: 'NoExecute' }]
  await client.patch(resources.nodes, { name: 'broken' }, 'merge', { spec: { taints } })
  await expect.poll(() => podOf('stuck'), { timeout: 5_000 }).toBeUndefined()
})
