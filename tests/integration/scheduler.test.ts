import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { get } from 'node:https'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Event, Lease, Node, Pod } from '@kubets/api-types'
import { createClient, resources } from '@kubets/client'
import { kubeconfig } from '@kubets/pki'
import { defaultConfiguration, startScheduler } from '@kubets/scheduler'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { type ControlPlane, startControlPlane } from './control-plane.ts'

let plane: ControlPlane
beforeAll(async () => {
  plane = await startControlPlane()
})
afterAll(() => plane[Symbol.asyncDispose]())

async function addNode(name: string, more: { taints?: object[]; cpu?: string } = {}): Promise<void> {
  const { client } = plane
  await client.create(resources.nodes, {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { 'kubernetes.io/hostname': name } },
    spec: more.taints === undefined ? {} : { taints: more.taints },
  } as unknown as Node)
  const allocatable = { cpu: more.cpu ?? '4', memory: '8Gi', pods: '110', 'ephemeral-storage': '10Gi' }
  const status = { allocatable, capacity: allocatable, conditions: [{ type: 'Ready', status: 'True' }] }
  const node = await client.get<Node>(resources.nodes, { name })
  await client.update(resources.nodes, { ...node, status } as unknown as Node, { subresource: 'status' })
  onTestFinished(() => client.delete(resources.nodes, { name }))
}

async function addPod(name: string, cpu = '100m'): Promise<void> {
  const { client } = plane
  await client.create(resources.pods, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default' },
    spec: { containers: [{ name: 'c', image: 'busybox', resources: { requests: { cpu } } }] },
  } as unknown as Pod)
  onTestFinished(() => client.delete(resources.pods, { namespace: 'default', name }, { gracePeriodSeconds: 0 }))
}

const pod = (name: string) => plane.client.get<Pod>(resources.pods, { namespace: 'default', name })
const nodeOf = async (name: string) => (await pod(name)).spec?.nodeName
const messages = async (name: string, reason: string) => {
  const fieldSelector = `involvedObject.name=${name},reason=${reason}`
  const { items } = await plane.client.list<Event>(resources.events, { namespace: 'default', fieldSelector })
  return items.map(event => event.message)
}

async function scheduler() {
  const client = createClient(await plane.configOf('system:kube-scheduler'))
  const running = await startScheduler({
    client,
    configuration: {
      ...defaultConfiguration,
      leaderElection: {
        ...defaultConfiguration.leaderElection,
        leaseDuration: 15_000,
        renewDeadline: 10_000,
        retryPeriod: 200,
      },
    },
  })
  onTestFinished(async () => {
    await running.stop()
    await client[Symbol.asyncDispose]()
  })
  return running
}

test('a pod is bound, with its condition and an event', async () => {
  await addNode('node-1')
  await addNode('node-2', { taints: [{ key: 'k', effect: 'NoSchedule' }] })
  await scheduler()
  await addPod('bound')
  await expect.poll(() => nodeOf('bound')).toBe('node-1')
  expect((await pod('bound')).status?.conditions?.find(c => c.type === 'PodScheduled')?.status).toBe('True')
  await expect.poll(() => messages('bound', 'Scheduled')).toEqual(['Successfully assigned default/bound to node-1'])
})

test('a pod that fits nowhere says why, in condition and event, and is placed when there is room', async () => {
  await addNode('small', { cpu: '1' })
  await addNode('tainted', { taints: [{ key: 'k', effect: 'NoSchedule' }] })
  await scheduler()
  await addPod('waiting', '2')
  const message =
    '0/2 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint(s). preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.'
  await expect.poll(() => messages('waiting', 'FailedScheduling')).toEqual([message])
  await expect
    .poll(async () => (await pod('waiting')).status?.conditions?.find(c => c.type === 'PodScheduled'))
    .toMatchObject({ status: 'False', reason: 'Unschedulable', message })
  await addNode('big')
  await expect.poll(() => nodeOf('waiting'), { timeout: 10_000 }).toBe('big')
})

test('a gated pod shows as such and is placed once its gates are removed', async () => {
  const { client } = plane
  await addNode('node-1')
  await scheduler()
  const key = { namespace: 'default', name: 'gated' }
  await client.create(resources.pods, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: key,
    spec: { schedulingGates: [{ name: 'example.com/wait' }], containers: [{ name: 'c', image: 'busybox' }] },
  } as unknown as Pod)
  onTestFinished(() => client.delete(resources.pods, key, { gracePeriodSeconds: 0 }))
  const condition = async () => (await pod('gated')).status?.conditions?.find(c => c.type === 'PodScheduled')
  expect(await condition()).toMatchObject({ status: 'False', reason: 'SchedulingGated' })
  await addPod('other')
  await expect.poll(() => nodeOf('other')).toBe('node-1')
  expect(await nodeOf('gated')).toBeUndefined()
  await client.patch(resources.pods, key, 'merge', { spec: { schedulingGates: null } })
  await expect.poll(() => nodeOf('gated')).toBe('node-1')
  expect((await condition())?.status).toBe('True')
})

test('a restart of the api-server loses no pod', async () => {
  await addNode('node-1')
  await scheduler()
  await addPod('before')
  await expect.poll(() => nodeOf('before')).toBe('node-1')
  await plane.down()
  await plane.up()
  await expect
    .poll(
      () =>
        addPod('after').then(
          () => 'created',
          () => 'failed',
        ),
      { timeout: 15_000 },
    )
    .toBe('created')
  await expect.poll(() => nodeOf('after'), { timeout: 15_000 }).toBe('node-1')
})

test('500 pods over 20 nodes: all bound, evenly, no node over its room', async () => {
  for (let i = 0; i < 20; i++) await addNode(`n${i}`)
  await scheduler()
  await Promise.all(Array.from({ length: 500 }, (_, i) => addPod(`p${i}`)))
  const bound = async () => (await plane.client.list<Pod>(resources.pods, { namespace: 'default' })).items
  await expect
    .poll(async () => (await bound()).filter(p => p.spec?.nodeName).length, { timeout: 20_000, interval: 200 })
    .toBe(500)
  const counts = new Map<string, number>()
  for (const { spec } of await bound()) counts.set(spec?.nodeName ?? '', (counts.get(spec?.nodeName ?? '') ?? 0) + 1)
  expect([...counts.values()].every(count => count === 25)).toBe(true)
})

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise<void>(resolve => server.close(() => resolve()))
  return typeof address === 'object' && address !== null ? address.port : 0
}

test('as a process: it becomes ready, survives SIGKILL without losing a pod, and gives its lease back at SIGTERM', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kubets-scheduler-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const { server, ca = '', cert = '', key = '' } = await plane.configOf('system:kube-scheduler')
  await writeFile(join(folder, 'kubeconfig'), kubeconfig({ server, ca, user: { name: 'scheduler', cert, key } }))
  const port = await freePort()
  const main = join(import.meta.dirname, '../../apps/scheduler/src/main.ts')
  const started: ChildProcess[] = []
  onTestFinished(() => {
    for (const child of started) child.kill('SIGKILL')
  })
  const start = () => {
    const args = [
      '--kubeconfig',
      join(folder, 'kubeconfig'),
      '--bind-address',
      '127.0.0.1',
      '--secure-port',
      String(port),
    ]
    const timings = [
      '--leader-elect-lease-duration=6s',
      '--leader-elect-renew-deadline=5s',
      '--leader-elect-retry-period=200ms',
    ]
    const child = spawn(process.execPath, [main, ...args, ...timings], { stdio: 'ignore' })
    started.push(child)
    return child
  }
  const ready = () =>
    new Promise<number>(resolve =>
      // its certificate is its own
      get({ host: '127.0.0.1', port, path: '/readyz', rejectUnauthorized: false, agent: false })
        .on('response', answer => resolve(answer.resume().statusCode ?? 0))
        .on('error', () => resolve(0)),
    )

  await addNode('node-1')
  const first = start()
  await expect.poll(ready, { timeout: 15_000 }).toBe(200)
  await addPod('one')
  await expect.poll(() => nodeOf('one'), { timeout: 10_000 }).toBe('node-1')

  first.kill('SIGKILL')
  await once(first, 'exit')
  await addPod('two')
  const second = start()
  await expect.poll(() => nodeOf('two'), { timeout: 20_000 }).toBe('node-1')

  const lease = () => plane.client.get<Lease>(resources.leases, { namespace: 'kube-system', name: 'kube-scheduler' })
  expect((await lease()).spec?.holderIdentity).toBeTruthy()
  second.kill('SIGTERM')
  expect(await once(second, 'exit')).toEqual([0, null])
  expect((await lease()).spec?.holderIdentity ?? '').toBe('')
})
