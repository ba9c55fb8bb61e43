import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { CriClient } from '../client.ts'
import { rpcCode } from '../errors.ts'
import { connectInProcess } from '../in-process.ts'
import { createFakeRuntime } from './index.ts'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'fake-'))
})
afterEach(() => rm(dir, { recursive: true, force: true }))

async function runPod(cri: CriClient, annotations: Record<string, string> = {}, role?: string) {
  const { podSandboxId } = await cri.runPodSandbox({
    config: {
      metadata: { name: 'p', namespace: 'd', uid: 'u', attempt: 0 },
      logDirectory: join(dir, 'logs'),
      annotations,
    },
  })
  await cri.pullImage({ image: { image: 'busybox' } })
  const { containerId } = await cri.createContainer({
    podSandboxId,
    config: {
      metadata: { name: 'c', attempt: 0 },
      image: { image: 'busybox' },
      logPath: 'c/0.log',
      annotations: role === undefined ? {} : { 'kubets.dev/container-role': role },
    },
  })
  return { podSandboxId, containerId }
}
const stateOf = async (cri: CriClient, containerId: string) => (await cri.containerStatus({ containerId })).status

test('a container runs until it is stopped, and its log says that nothing runs', async () => {
  await using runtime = await createFakeRuntime({ podCidr: '10.1.2.0/24' })
  await using cri = await connectInProcess(runtime)
  const { podSandboxId, containerId } = await runPod(cri)
  expect((await cri.podSandboxStatus({ podSandboxId })).status?.network?.ip).toBe('10.1.2.2')
  await cri.startContainer({ containerId })
  expect(await stateOf(cri, containerId)).toMatchObject({
    state: 'CONTAINER_RUNNING',
    image: { image: 'docker.io/library/busybox:latest' },
  })
  expect(await readFile(join(dir, 'logs/c/0.log'), 'utf8')).toMatch(/^\S+Z stdout F container c of the fake runtime/)
  await cri.stopContainer({ containerId, timeout: 5 })
  expect(await stateOf(cri, containerId)).toMatchObject({ state: 'CONTAINER_EXITED', exitCode: 0, reason: 'Completed' })
  await cri.removePodSandbox({ podSandboxId })
  expect((await cri.listContainers({})).containers).toEqual([])
})

test('annotations of the pod say when and how containers end, init containers end at once', async () => {
  await using runtime = await createFakeRuntime()
  await using cri = await connectInProcess(runtime)
  const one = await runPod(cri, { 'kubets.dev/fake-exit-code': '3' })
  await cri.startContainer({ containerId: one.containerId })
  await expect.poll(() => stateOf(cri, one.containerId)).toMatchObject({ exitCode: 3, reason: 'Error' })
  await cri.removePodSandbox(one)
  const two = await runPod(cri, { 'kubets.dev/fake-exit-code': '3' }, 'init')
  await cri.startContainer({ containerId: two.containerId })
  await expect.poll(() => stateOf(cri, two.containerId)).toMatchObject({ state: 'CONTAINER_EXITED', exitCode: 0 })
})

test('events tell every change with the state of the whole pod', async () => {
  await using runtime = await createFakeRuntime()
  await using cri = await connectInProcess(runtime)
  const seen: string[] = []
  const stop = new AbortController()
  const reading = (async () => {
    for await (const event of cri.getContainerEvents({}, { signal: stop.signal }))
      seen.push(`${event.containerEventType} ${event.containersStatuses.map(c => c.state).join()}`)
  })()
  await new Promise(resolve => setImmediate(resolve))
  const { containerId } = await runPod(cri)
  await cri.startContainer({ containerId })
  await cri.stopContainer({ containerId, timeout: 0 })
  await expect.poll(() => seen.length).toBe(5)
  expect(seen).toEqual([
    'CONTAINER_CREATED_EVENT ',
    'CONTAINER_STARTED_EVENT ',
    'CONTAINER_CREATED_EVENT CONTAINER_CREATED',
    'CONTAINER_STARTED_EVENT CONTAINER_RUNNING',
    'CONTAINER_STOPPED_EVENT CONTAINER_EXITED',
  ])
  stop.abort()
  await reading
})

test('with a directory a restart finds pods, containers, images and addresses again', async () => {
  const directory = join(dir, 'state')
  let running = ''
  {
    await using runtime = await createFakeRuntime({ directory })
    await using cri = await connectInProcess(runtime)
    await cri.pullImage({ image: { image: 'busybox' } })
    running = (await runPod(cri)).containerId
    await cri.startContainer({ containerId: running })
  }
  await using runtime = await createFakeRuntime({ directory })
  await using cri = await connectInProcess(runtime)
  expect(await stateOf(cri, running)).toMatchObject({ state: 'CONTAINER_RUNNING' })
  expect((await cri.imageStatus({ image: { image: 'docker.io/library/busybox:latest' } })).image?.id).toMatch(
    /^sha256:/,
  )
  const { podSandboxId } = await cri.runPodSandbox({ config: { metadata: { name: 'q', uid: 'v' } } })
  expect((await cri.podSandboxStatus({ podSandboxId })).status?.network?.ip).toBe('10.244.0.3')
})

test('exec, attach and port-forward are refused with the reason', async () => {
  await using runtime = await createFakeRuntime()
  await using cri = await connectInProcess(runtime)
  for (const call of [cri.exec({}), cri.attach({}), cri.portForward({}), cri.execSync({})])
    await expect(call).rejects.toMatchObject({
      code: rpcCode.failedPrecondition,
      message: 'the fake runtime runs no processes',
    })
})
