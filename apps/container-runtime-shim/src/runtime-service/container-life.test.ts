import { existsSync, readFileSync, renameSync } from 'node:fs'
import { isUnimplemented } from '@kubets/cri'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { failure, poll, ShimHarness } from '../testing/shim-harness.ts'

let shim: ShimHarness
beforeAll(async () => {
  shim = await ShimHarness.start()
})
afterAll(() => shim[Symbol.asyncDispose]())

let sandbox: string
beforeAll(async () => {
  sandbox = await shim.sandbox()
})

test('a container that outgrows its memory is OOMKilled', async () => {
  const id = await shim.run(sandbox, 'tail /dev/zero', {
    linux: {
      resources: { memoryLimitInBytes: 32 << 20 },
      securityContext: { namespaceOptions: { pid: 'CONTAINER' } },
    },
  })
  expect(await shim.ended(id)).toMatchObject({ reason: 'OOMKilled' })
})

test('stopping asks first and kills after the grace', async () => {
  const polite = await shim.run(sandbox, 'trap "echo bye; exit 5" TERM; echo ready; while :; do sleep 0.01; done')
  const deaf = await shim.run(sandbox, 'trap "" TERM; echo ready; while :; do sleep 0.01; done')
  for (const id of [polite, deaf]) for await (const _ of poll(20_000)) if (await shim.output(id)) break
  const start = Date.now()
  await shim.client.stopContainer({ containerId: polite, timeout: 30 })
  expect(await shim.status(polite)).toMatchObject({ exitCode: 5 })
  expect(Date.now() - start).toBeLessThan(20_000)
  await shim.client.stopContainer({ containerId: deaf, timeout: 1 })
  expect(await shim.status(deaf)).toMatchObject({ exitCode: 137, reason: 'Error' })
  await shim.client.stopContainer({ containerId: deaf, timeout: 1 })
})

test('resources can be changed while a container runs, and before it starts', async () => {
  const linux = {
    securityContext: { namespaceOptions: { pid: 'CONTAINER' as const } },
    resources: { memoryLimitInBytes: 64 << 20 },
  }
  const running = await shim.run(sandbox, 'sleep 100', { linux })
  const created = await shim.create(
    sandbox,
    'cat /sys/fs/cgroup/memory/memory.limit_in_bytes || cat /sys/fs/cgroup/memory.max',
    { linux },
  )
  for (const containerId of [running, created])
    await shim.client.updateContainerResources({
      containerId,
      linux: { memoryLimitInBytes: 128 << 20, cpuShares: 512 },
    })
  await shim.client.startContainer({ containerId: created })
  await shim.ended(created)
  expect((await shim.output(created)).trim()).toBe(String(128 << 20))
  expect((await shim.status(running)).resources?.linux).toMatchObject({
    memoryLimitInBytes: String(128 << 20),
    cpuShares: '512',
  })
  const { stats } = await shim.client.containerStats({ containerId: running })
  expect(Number(stats?.memory?.usageBytes?.value)).toBeGreaterThan(0)
  expect(Number(stats?.memory?.availableBytes?.value)).toBeGreaterThan(100 << 20)
  expect(Number(stats?.cpu?.usageCoreNanoSeconds?.value)).toBeGreaterThan(0)
  const pod = await shim.client.podSandboxStats({ podSandboxId: sandbox })
  expect(pod.stats?.linux?.network?.defaultInterface).toMatchObject({ name: 'eth0' })
  expect(pod.stats?.linux?.containers.map(c => c.attributes?.id)).toContain(running)
  await shim.client.removeContainer({ containerId: running })
})

test('after a rotation the log goes on in a new file', async () => {
  const id = await shim.run(sandbox, 'echo one; while ! test -e /tmp/go; do sleep 0.01; done; echo two')
  for await (const _ of poll(20_000)) if ((await shim.output(id)) !== '') break
  const { logPath } = await shim.status(id)
  renameSync(logPath, `${logPath}.1`)
  await shim.client.reopenContainerLog({ containerId: id })
  for await (const _ of poll(20_000)) if (existsSync(logPath)) break
  await shim.exec(id, 'touch', '/tmp/go')
  await shim.ended(id)
  expect(await shim.output(id)).toBe('two\n')
  expect(readFileSync(`${logPath}.1`, 'utf8')).toContain('one')
})

test('events tell of each step, with the whole pod beside it', async () => {
  const stop = new AbortController()
  let id: string | undefined
  const events: { id: string; type: string }[] = []
  const reading = (async () => {
    for await (const event of shim.client.getContainerEvents({}, { signal: stop.signal })) {
      events.push({ id: event.containerId, type: event.containerEventType })
      expect(event.podSandboxStatus?.id).toBe(sandbox)
      expect(event.containersStatuses.length).toBeGreaterThan(0)
      if (event.containerId === id && event.containerEventType === 'CONTAINER_DELETED_EVENT') return
    }
  })()
  // the stream's own way to the server has no answer to wait for: others go first until one is heard of
  for await (const _ of poll(20_000)) {
    const other = await shim.run(sandbox, 'true')
    await shim.ended(other)
    await shim.client.removeContainer({ containerId: other })
    if (events.length > 0) break
  }
  id = await shim.run(sandbox, 'true')
  await shim.ended(id)
  await shim.client.removeContainer({ containerId: id })
  await reading
  expect(events.filter(event => event.id === id).map(event => event.type)).toEqual([
    'CONTAINER_CREATED_EVENT',
    'CONTAINER_STARTED_EVENT',
    'CONTAINER_STOPPED_EVENT',
    'CONTAINER_DELETED_EVENT',
  ])
})

test('lists can be filtered, and streamed', async () => {
  const id = await shim.run(sandbox, 'sleep 100', { labels: { app: 'x', tier: 'y' } })
  const list = async (filter: object) => (await shim.client.listContainers({ filter })).containers.map(c => c.id)
  expect(await list({ labelSelector: { app: 'x', tier: 'y' } })).toEqual([id])
  expect(await list({ labelSelector: { app: 'x', tier: 'z' } })).toEqual([])
  expect(await list({ id: id.slice(0, 12), state: { state: 'CONTAINER_RUNNING' } })).toEqual([id])
  const streamed: string[] = []
  for await (const { containers } of shim.client.streamContainers({ filter: { podSandboxId: sandbox } }))
    streamed.push(...containers.map(c => c.id))
  expect(streamed.sort()).toEqual((await list({ podSandboxId: sandbox })).sort())
  await shim.client.removeContainer({ containerId: id })
  await shim.client.removeContainer({ containerId: id })
  expect(await list({ id })).toEqual([])
})

test('checkpoints are refused in plain words', async () => {
  const id = await shim.create(sandbox, 'true')
  const error = await failure(shim.client.checkpointContainer({ containerId: id }))
  expect(isUnimplemented(error)).toBe(true)
  expect(error.message).toContain('CRIU')
})
