import type { Event, Lease, Node } from '@kubets/api-types'
import { isNotFound } from '@kubets/apimachinery'
import { resources } from '@kubets/client'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type TestNode, testNode, web } from './test-node.ts'

let node: TestNode
beforeEach(async () => {
  node = await testNode()
})
afterEach(() => node[Symbol.asyncDispose]())

const phase = async (name: string) => (await node.pod(name)).status?.phase
const poll = <T>(look: () => Promise<T> | T) => expect.poll(look, { timeout: 10_000, interval: 20 })
const reasons = async (name: string) =>
  (await node.client.list<Event>(resources.events)).items
    .filter(event => event.involvedObject.name === name)
    .map(event => event.reason)

test('a node registers itself, becomes Ready and sends a heartbeat', async () => {
  await node.kubelet.registered
  const registered = await node.client.get<Node>(resources.nodes, { name: 'node-1' })
  expect(registered.metadata?.labels).toMatchObject({ 'kubernetes.io/hostname': 'node-1', 'kubernetes.io/os': 'linux' })
  expect(registered.spec?.podCIDR).toBe('10.244.7.0/24')
  expect(registered.status?.conditions?.map(c => [c.type, c.status, c.reason])).toContainEqual([
    'Ready',
    'True',
    'KubeletReady',
  ])
  expect(registered.status?.nodeInfo?.kubeletVersion).toBe('v1.36.0+kubets')
  expect(registered.status?.nodeInfo?.containerRuntimeVersion).toBe('kubets-fake://0.1.0')
  expect(registered.status?.daemonEndpoints?.kubeletEndpoint?.Port).toBe(node.kubelet.port)
  expect(registered.status?.allocatable).toMatchObject({ pods: '110' })
  await poll(
    async () =>
      (await node.client.get<Lease>(resources.leases, { namespace: 'kube-node-lease', name: 'node-1' })).spec
        ?.holderIdentity,
  ).toBe('node-1')
})

test('a pod placed by a label that is newer than what the kubelet has seen of its node runs', async () => {
  await node.kubelet.registered
  await node.client.patch(resources.nodes, { name: 'node-1' }, 'merge', { metadata: { labels: { disk: 'ssd' } } })
  await node.createPod('fast', { ...web, nodeSelector: { disk: 'ssd' } })
  await poll(() => phase('fast')).toBe('Running')
  await node.createPod('slow', { ...web, nodeSelector: { disk: 'hdd' } })
  await poll(() => phase('slow')).toBe('Failed')
  expect((await node.pod('slow')).status?.reason).toBe('NodeAffinity')
})

test('a pod is run, reported Running and, when deleted, stopped and removed', async () => {
  const created = await node.createPod('web', web)
  await poll(() => phase('web')).toBe('Running')
  const { status } = await node.pod('web')
  expect(status).toMatchObject({
    phase: 'Running',
    podIP: '10.244.7.2',
    podIPs: [{ ip: '10.244.7.2' }],
    hostIP: '127.0.0.1',
    qosClass: 'BestEffort',
    containerStatuses: [
      { name: 'web', ready: true, started: true, restartCount: 0, image: 'docker.io/library/busybox:1.36' },
    ],
  })
  expect(status?.containerStatuses?.[0]?.containerID).toMatch(/^kubets-fake:\/\/[0-9a-f]{64}$/)
  expect(status?.conditions?.map(c => `${c.type}=${c.status}`).sort()).toEqual([
    'ContainersReady=True',
    'Initialized=True',
    'PodReadyToStartContainers=True',
    'PodScheduled=True',
    'Ready=True',
  ])
  await poll(() => reasons('web')).toEqual(expect.arrayContaining(['Pulling', 'Pulled', 'Created', 'Started']))
  await node.client.delete(resources.pods, { namespace: 'default', name: 'web' })
  await poll(() =>
    node.pod('web').then(
      () => 'there',
      error => isNotFound(error),
    ),
  ).toBe(true)
  await poll(async () => (await node.cri.listPodSandbox({})).items.length).toBe(0)
  await poll(() => reasons('web')).toContain('Killing')
  expect(created.metadata?.uid).toBeDefined()
})

test('a pod that has done its work becomes Succeeded, one that fails becomes Failed', async () => {
  await node.createPod(
    'good',
    { ...web, restartPolicy: 'Never' },
    { annotations: { 'kubets.dev/fake-exit-code': '0' } },
  )
  await node.createPod('bad', { ...web, restartPolicy: 'Never' }, { annotations: { 'kubets.dev/fake-exit-code': '3' } })
  await poll(() => phase('good')).toBe('Succeeded')
  await poll(() => phase('bad')).toBe('Failed')
  expect((await node.pod('bad')).status?.containerStatuses?.[0]?.state?.terminated).toMatchObject({
    exitCode: 3,
    reason: 'Error',
  })
  expect((await node.pod('good')).status?.conditions?.find(c => c.type === 'Ready')).toMatchObject({
    status: 'False',
    reason: 'PodCompleted',
  })
})

test('a container that ends is started again, and then later each time', async () => {
  await node.createPod('loop', web, { annotations: { 'kubets.dev/fake-exit-code': '1' } })
  await poll(async () => (await node.pod('loop')).status?.containerStatuses?.[0]).toMatchObject({
    restartCount: 1,
    ready: false,
    state: {
      waiting: {
        reason: 'CrashLoopBackOff',
        message: expect.stringMatching(/^back-off 10s restarting failed container=web pod=loop_default\(/),
      },
    },
    lastState: { terminated: { exitCode: 1 } },
  })
  await poll(() => reasons('loop')).toContain('BackOff')
})

test('init containers run one after another before the others, sidecars stay', async () => {
  await node.createPod('init', {
    initContainers: [
      { name: 'first', image: 'busybox:1.36' },
      { name: 'side', image: 'busybox:1.36', restartPolicy: 'Always' },
      { name: 'second', image: 'busybox:1.36' },
    ],
    ...web,
  })
  await poll(() => phase('init')).toBe('Running')
  await poll(async () =>
    (await node.pod('init')).status?.initContainerStatuses?.map(s => Object.keys(s.state ?? {})[0]),
  ).toEqual(['terminated', 'running', 'terminated'])
  expect((await node.pod('init')).status?.conditions?.find(c => c.type === 'Initialized')?.status).toBe('True')
})

test('a restart of the kubelet restarts no container', async () => {
  await node.createPod('web', web)
  await poll(() => phase('web')).toBe('Running')
  const before = (await node.pod('web')).status?.containerStatuses?.[0]?.containerID
  await node.restartKubelet()
  await node.createPod('second', web)
  await poll(() => phase('second')).toBe('Running')
  const status = (await node.pod('web')).status?.containerStatuses?.[0]
  expect(status?.containerID).toBe(before)
  expect(status?.restartCount).toBe(0)
})

test('what was deleted while the kubelet was away is cleaned up when it is back', async () => {
  await node.createPod('web', web)
  await poll(() => phase('web')).toBe('Running')
  await node.kubelet.stop()
  await node.client.delete(resources.pods, { namespace: 'default', name: 'web' }, { gracePeriodSeconds: 0 })
  await node.restartKubelet()
  await poll(async () => (await node.cri.listPodSandbox({})).items.length).toBe(0)
})

test('a pod that does not fit fails with the reason', async () => {
  await node.createPod('big', {
    containers: [{ name: 'web', image: 'busybox:1.36', resources: { requests: { cpu: '1000' } } }],
  })
  await poll(async () => (await node.pod('big')).status).toMatchObject({ phase: 'Failed', reason: 'OutOfcpu' })
})

test('a pod past its deadline is ended as Failed', async () => {
  await node.createPod('late', { ...web, activeDeadlineSeconds: 1 })
  await poll(async () => (await node.pod('late')).status).toMatchObject({ phase: 'Failed', reason: 'DeadlineExceeded' })
})
