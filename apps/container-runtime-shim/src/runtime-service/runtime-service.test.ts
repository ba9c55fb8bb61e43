import { afterAll, beforeAll, expect, test } from 'vitest'
import { ShimHarness } from '../testing/shim-harness.ts'

let shim: ShimHarness
beforeAll(async () => {
  shim = await ShimHarness.start()
})
afterAll(() => shim[Symbol.asyncDispose]())

test('a container runs, its output is in the CRI log, its exit code in its status', async () => {
  const sandbox = await shim.sandbox()
  const id = await shim.run(sandbox, 'echo out; echo err >&2; printf part; exit 3')
  expect(await shim.ended(id)).toMatchObject({ state: 'CONTAINER_EXITED', exitCode: 3, reason: 'Error' })
  const log = await shim.log(id)
  expect(log).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d) stdout F out$/m)
  expect(log).toMatch(/ stderr F err$/m)
  expect(log).toMatch(/ stdout P part$/m)
})
