import { execFileSync } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { poll, ShimHarness } from './testing/shim-harness.ts'

let shim: ShimHarness
beforeEach(async () => {
  shim = await ShimHarness.start()
})
afterEach(() => shim[Symbol.asyncDispose]())

test('containers live on while the shim is away, and keep logs, exit codes and addresses', async () => {
  const sandbox = await shim.sandbox()
  const { status: before } = await shim.client.podSandboxStatus({ podSandboxId: sandbox })
  const lives = await shim.run(sandbox, 'while :; do echo tick; sleep 0.02; done', { labels: { a: 'b' } })
  const ends = await shim.run(sandbox, 'while ! test -e /tmp/go; do sleep 0.01; done; echo last words; exit 9')
  const { pid } = await pidOf(shim, ends)
  await shim.stopShim()
  writeFileSync(`/proc/${pid}/root/tmp/go`, '')
  for await (const _ of poll(20_000)) if (!alive(pid)) break
  await shim.startShim()

  expect(await shim.ended(ends)).toMatchObject({ exitCode: 9, reason: 'Error' })
  expect(await shim.output(ends)).toBe('last words\n')
  expect(await shim.status(lives)).toMatchObject({ state: 'CONTAINER_RUNNING', labels: { a: 'b' } })
  const ticks = (await shim.output(lives)).length
  for await (const _ of poll(20_000)) if ((await shim.output(lives)).length > ticks) break
  expect((await shim.output(lives)).length).toBeGreaterThan(ticks)
  const { status: after } = await shim.client.podSandboxStatus({ podSandboxId: sandbox })
  expect(after).toEqual(before)
  expect(await shim.exec(lives, 'echo', 'still here')).toBe('still here\n')
  await shim.client.stopContainer({ containerId: lives, timeout: 0 })
  expect((await shim.status(lives)).exitCode).toBe(137)
})

test('a container whose conmon is killed ends with exit code 255: under the first shim, under the next, and between the two', async () => {
  const sandbox = await shim.sandbox()
  for (const when of ['first', 'next', 'between']) {
    const id = await shim.run(sandbox, 'sleep 1000')
    const { pid, conmonPid } = await pidOf(shim, id)
    if (when !== 'first') await shim.stopShim()
    if (when === 'next') await shim.startShim()
    process.kill(conmonPid, 'SIGKILL')
    if (when === 'between') await shim.startShim()
    expect(await shim.ended(id)).toMatchObject({ exitCode: 255, reason: 'Unknown' })
    for await (const _ of poll(20_000)) if (!alive(pid)) break
    expect(alive(pid)).toBe(false)
  }
})

test.each(['in memory', 'on disk'])(
  'after a reboot, with the state %s, pods are not ready and containers have ended, but nothing is forgotten',
  async kind => {
    const sandbox = await shim.sandbox()
    const id = await shim.run(sandbox, 'sleep 1000')
    const { pid, conmonPid } = await pidOf(shim, id)
    await shim.stopShim()
    // what a reboot leaves: the root folder alone, no process, no mount
    process.kill(conmonPid, 'SIGKILL')
    process.kill(pid, 'SIGKILL')
    for await (const _ of poll(20_000)) if (!alive(pid)) break
    execFileSync('umount', ['-l', '-R', join(shim.dir, 'state')])
    if (kind === 'in memory') rmSync(join(shim.dir, 'state'), { recursive: true })
    await shim.startShim()
    expect((await shim.client.podSandboxStatus({ podSandboxId: sandbox })).status?.state).toBe('SANDBOX_NOTREADY')
    expect(await shim.ended(id)).toMatchObject({ exitCode: 255 })
    await shim.client.removePodSandbox({ podSandboxId: sandbox })
    expect((await shim.client.listContainers({})).containers).toEqual([])
  },
)

test('a record that cannot be read is left out, everything else goes on', async () => {
  const [broken, whole] = [await shim.sandbox(), await shim.sandbox()]
  const file = join(shim.dir, 'root/sandboxes', broken, 'sandbox.json')
  const good = readFileSync(file, 'utf8')
  await shim.stopShim()
  writeFileSync(file, good.slice(0, 50))
  await shim.startShim()
  expect((await shim.client.listPodSandbox({})).items.map(s => s.id)).toEqual([whole])
  await shim.stopShim()
  writeFileSync(file, good)
  await shim.startShim()
  expect((await shim.client.listPodSandbox({})).items.length).toBe(2)
})

async function pidOf(harness: ShimHarness, containerId: string): Promise<{ pid: number; conmonPid: number }> {
  const { info } = await harness.client.containerStatus({ containerId, verbose: true })
  return JSON.parse(info.info ?? '{}')
}

function alive(pid: number): boolean {
  try {
    return !/^State:\s*Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}
