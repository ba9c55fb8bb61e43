import { manualClock } from '@kubets/client/testing'
import { expect, onTestFinished, test } from 'vitest'
import { defaultConfiguration } from './configuration/scheduler-configuration.ts'
import { type FakeServer, fakeServer, testNode, testPod } from './fake-server.ts'
import { type SchedulerOptions, startScheduler } from './start-scheduler.ts'

async function start(prepare: (server: FakeServer) => void, more: Partial<SchedulerOptions> = {}) {
  const server = fakeServer()
  const clock = manualClock()
  prepare(server)
  const scheduler = await startScheduler({
    client: server.client,
    clock,
    health: { host: '127.0.0.1', port: 0 },
    configuration: {
      ...defaultConfiguration,
      leaderElection: { ...defaultConfiguration.leaderElection, leaderElect: false },
    },
    ...more,
  })
  onTestFinished(() => scheduler.stop())
  const nodeOf = (key: string) => server.pod(key)?.spec?.nodeName
  const condition = (key: string) => server.pod(key)?.status?.conditions?.find(c => c.type === 'PodScheduled')
  const messages = (reason: string) => server.events().flatMap(e => (e.reason === reason ? [e.message] : []))
  return { server, clock, scheduler, nodeOf, condition, messages }
}

const settle = async () => {
  for (let i = 0; i < 20; i++) await new Promise(resolve => setImmediate(resolve))
}

test('a pending pod is bound to a node that fits, with an event', async () => {
  const { server, nodeOf, messages } = await start(s => {
    s.put('nodes', testNode('node-1', { spec: { unschedulable: true } }))
    s.put('nodes', testNode('node-2'))
    s.put('pods', testPod('x'))
  })
  await expect.poll(() => nodeOf('default/x')).toBe('node-2')
  await expect.poll(() => messages('Scheduled')).toEqual(['Successfully assigned default/x to node-2'])
  expect(server.events()[0]).toMatchObject({ type: 'Normal', source: { component: 'default-scheduler' } })
})

test('a pod that fits nowhere gets condition and event in the known words, and is placed when a node appears', async () => {
  const { server, clock, nodeOf, condition, messages } = await start(s => {
    s.put('nodes', testNode('small', { cpu: '1' }))
    s.put('nodes', testNode('tainted', { spec: { taints: [{ key: 'k', value: 'v', effect: 'NoSchedule' }] } }))
    s.put('pods', testPod('x', { cpu: '2' }))
  })
  const message =
    '0/2 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint(s). preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.'
  await expect.poll(() => messages('FailedScheduling')).toEqual([message])
  await expect.poll(() => condition('default/x')).toMatchObject({ status: 'False', reason: 'Unschedulable', message })
  server.put('nodes', testNode('big'))
  await settle()
  expect(nodeOf('default/x')).toBeUndefined() // the first back-off is a second
  clock.advance(1_000)
  await expect.poll(() => nodeOf('default/x')).toBe('big')
})

test('without any node pods wait for the first one', async () => {
  const { server, clock, nodeOf, messages } = await start(s => s.put('pods', testPod('x')))
  await expect.poll(() => messages('FailedScheduling')).toEqual(['no nodes available to schedule pods'])
  clock.advance(2_000)
  server.put('nodes', testNode('n'))
  await expect.poll(() => nodeOf('default/x')).toBe('n')
})

test('a pod that ends makes room; an event that cannot help does not wake anybody', async () => {
  const { server, clock, nodeOf, messages } = await start(s => {
    s.put('nodes', testNode('n', { cpu: '1' }))
    s.put('pods', testPod('old', { cpu: '1', spec: { nodeName: 'n' } }))
    s.put('pods', testPod('new', { cpu: '1' }))
  })
  await expect.poll(() => messages('FailedScheduling').length).toBe(1)
  expect(messages('FailedScheduling')[0]).toBe(
    '0/1 nodes are available: 1 Insufficient cpu. preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.',
  )
  clock.advance(5_000)
  server.put('nodes', testNode('n', { cpu: '1', labels: { a: 'b' } }))
  await settle()
  expect(messages('FailedScheduling').length).toBe(1)
  server.put('pods', { ...server.pod('default/old'), status: { phase: 'Succeeded' } } as never)
  await expect.poll(() => nodeOf('default/new')).toBe('n')
})

test('gated pods wait for their gates, pods of other schedulers are left alone', async () => {
  const { server, nodeOf } = await start(s => {
    s.put('nodes', testNode('n'))
    s.put('pods', testPod('gated', { spec: { schedulingGates: [{ name: 'wait' }] } }))
    s.put('pods', testPod('foreign', { spec: { schedulerName: 'mine' } }))
    s.put('pods', testPod('plain'))
  })
  await expect.poll(() => nodeOf('default/plain')).toBe('n')
  await settle()
  expect(nodeOf('default/gated')).toBeUndefined()
  server.put('pods', testPod('gated'))
  await expect.poll(() => nodeOf('default/gated')).toBe('n')
  expect(nodeOf('default/foreign')).toBeUndefined()
})

test('a binding that fails is tried again after the back-off, and its room is given back meanwhile', async () => {
  let fail = true
  const { server, clock, nodeOf, messages, condition } = await start(s => {
    s.put('nodes', testNode('n', { cpu: '1' }))
    s.onBind = key => {
      if (fail && key === 'default/x') throw new Error('etcd is away')
    }
    s.put('pods', testPod('x', { cpu: '1' }))
  })
  await expect.poll(() => messages('FailedScheduling')).toEqual(['binding rejected: etcd is away (pod default/x)'])
  await expect.poll(() => condition('default/x')?.reason).toBe('SchedulerError')
  server.put('pods', testPod('y', { cpu: '1' }))
  await expect.poll(() => nodeOf('default/y')).toBe('n')
  server.remove('pods', 'default/y')
  await settle()
  fail = false
  clock.advance(1_000)
  await expect.poll(() => nodeOf('default/x')).toBe('n')
})

test('a pod of higher priority evicts what is least missed and then gets its place', async () => {
  const { server, clock, nodeOf, messages } = await start(s => {
    s.put('nodes', testNode('a', { cpu: '1' }))
    s.put('nodes', testNode('b', { cpu: '1' }))
    s.put('pods', testPod('low', { cpu: '1', spec: { nodeName: 'a', priority: 1 } }))
    s.put('pods', testPod('middle', { cpu: '1', spec: { nodeName: 'b', priority: 5 } }))
    s.put('pods', testPod('high', { cpu: '1', spec: { priority: 10 } }))
  })
  await expect.poll(() => server.pod('default/low')).toBeUndefined()
  await expect.poll(() => messages('Preempted')).toEqual(['Preempted by pod uid-default-high on node a'])
  await expect.poll(() => server.pod('default/high')?.status?.nominatedNodeName).toBe('a')
  // the room is promised: a pod of lower priority does not take it
  server.put('pods', testPod('thief', { cpu: '1', spec: { priority: 2 } }))
  await expect.poll(() => messages('FailedScheduling').length).toBeGreaterThanOrEqual(2)
  expect(nodeOf('default/thief')).toBeUndefined()
  clock.advance(1_000)
  await expect.poll(() => nodeOf('default/high')).toBe('a')
  expect(nodeOf('default/middle')).toBe('b')
})

test('two schedulers: only the leader places pods, the other takes over when it stops', async () => {
  const options = { configuration: defaultConfiguration }
  const { server, clock, nodeOf, scheduler } = await start(s => s.put('nodes', testNode('n')), options)
  await settle()
  const second = await startScheduler({ client: server.client, clock, configuration: defaultConfiguration })
  onTestFinished(() => second.stop())
  server.put('pods', testPod('x'))
  await expect.poll(() => nodeOf('default/x')).toBe('n')
  await scheduler.stop()
  server.put('pods', testPod('y'))
  await settle()
  for (let i = 0; i < 20 && nodeOf('default/y') === undefined; i++) {
    clock.advance(500)
    await settle()
  }
  expect(nodeOf('default/y')).toBe('n')
})

test('health and metrics are served', async () => {
  const { scheduler, nodeOf } = await start(s => {
    s.put('nodes', testNode('n'))
    s.put('pods', testPod('x'))
  })
  await expect.poll(() => nodeOf('default/x')).toBe('n')
  const url = `http://127.0.0.1:${scheduler.healthPort}`
  expect(await (await fetch(`${url}/readyz?verbose`)).text()).toContain('[+]informer-sync ok')
  await expect
    .poll(async () => (await fetch(`${url}/metrics`)).text())
    .toContain('scheduler_schedule_attempts_total{result="scheduled",profile="default-scheduler"} 1')
})

test('a pod whose claim does not exist is not placed, and says so', async () => {
  const volumes = [{ name: 'v', persistentVolumeClaim: { claimName: 'data' } }]
  const { messages, nodeOf } = await start(s => {
    s.put('nodes', testNode('n'))
    s.put('pods', testPod('x', { spec: { volumes } }))
  })
  await expect
    .poll(() => messages('FailedScheduling'))
    .toEqual([
      '0/1 nodes are available: persistentvolumeclaim "data" not found. preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.',
    ])
  expect(nodeOf('default/x')).toBeUndefined()
})

test('each profile speaks under its own name', async () => {
  const [profile] = defaultConfiguration.profiles
  const { server, nodeOf } = await start(
    s => {
      s.put('nodes', testNode('n'))
      s.put('pods', testPod('x', { spec: { schedulerName: 'mine' } }))
    },
    {
      configuration: {
        ...defaultConfiguration,
        leaderElection: { ...defaultConfiguration.leaderElection, leaderElect: false },
        profiles: profile === undefined ? [] : [profile, { ...profile, schedulerName: 'mine' }],
      },
    },
  )
  await expect.poll(() => nodeOf('default/x')).toBe('n')
  await expect.poll(() => server.events()[0]?.source?.component).toBe('mine')
})

test('a scheduler that starts anew keeps the promises of the one before', async () => {
  const { server, nodeOf, messages } = await start(s => {
    s.put('nodes', testNode('n', { cpu: '1' }))
    s.put('pods', testPod('victim', { cpu: '1', spec: { nodeName: 'n', priority: 1 } }))
    const leaving = testPod('leaving', { cpu: '1', spec: { nodeName: 'n', priority: 1 } })
    s.put('pods', { ...leaving, metadata: { ...leaving.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } } as never)
    const waiting = testPod('waiting', { cpu: '1', spec: { priority: 10 } })
    s.put('pods', { ...waiting, status: { ...waiting.status, nominatedNodeName: 'n' } } as never)
  })
  await expect.poll(() => messages('FailedScheduling').length).toBe(1)
  expect(messages('FailedScheduling')[0]).toContain(
    'preemption: not eligible due to a terminating pod on the nominated node.',
  )
  expect(server.pod('default/victim')).toBeDefined()
  expect(nodeOf('default/waiting')).toBeUndefined()
})
