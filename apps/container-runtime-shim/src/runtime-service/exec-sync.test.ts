import { isDeadlineExceeded } from '@kubets/cri'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { failure, ShimHarness } from '../testing/shim-harness.ts'

let shim: ShimHarness
beforeAll(async () => {
  shim = await ShimHarness.start()
})
afterAll(() => shim[Symbol.asyncDispose]())

let container: string
beforeAll(async () => {
  container = await shim.run(await shim.sandbox(), 'sleep 1000')
})
const exec = (cmd: string[], timeout = 0) => shim.client.execSync({ containerId: container, cmd, timeout })

test('output and exit code come back', async () => {
  const { stdout, stderr, exitCode } = await exec(['sh', '-c', 'echo out; echo err >&2; exit 4'])
  expect([String(stdout), String(stderr), exitCode]).toEqual(['out\n', 'err\n', 4])
})

test('a command that takes too long is killed, not only given up on', async () => {
  const error = await failure(exec(['sleep', '4711'], 1))
  expect(isDeadlineExceeded(error)).toBe(true)
  expect(await shim.exec(container, 'ps')).not.toContain('4711')
})

test('a command that is not in the image fails in the words of every runtime', async () => {
  const error = await failure(exec(['nonsense']))
  expect(error.message).toMatch(
    /^failed to exec in container: failed to start exec: OCI runtime exec failed: exec failed: unable to start container process: exec: "nonsense": executable file not found in \$PATH/,
  )
})

test('16 MiB of output are kept, more is dropped without blocking the command', async () => {
  const { stdout, exitCode } = await exec(['sh', '-c', 'head -c 20000000 /dev/zero'])
  expect([stdout.length, exitCode]).toEqual([16 << 20, 0])
})

test('a child that keeps the output open is waited for no longer than the time-out', async () => {
  expect(isDeadlineExceeded(await failure(exec(['sh', '-c', 'echo done; sleep 300 &'], 1)))).toBe(true)
})

test('there is no exec in a container that has ended', async () => {
  const ended = await shim.run(await shim.sandbox(), 'true')
  await shim.ended(ended)
  const error = await failure(shim.client.execSync({ containerId: ended, cmd: ['true'] }))
  expect(error.message).toBe('container is in CONTAINER_EXITED state')
})
