import { afterAll, beforeAll, expect, test } from 'vitest'
import { ShimHarness } from '../testing/shim-harness.ts'

let shim: ShimHarness
beforeAll(async () => {
  shim = await ShimHarness.start()
})
afterAll(() => shim[Symbol.asyncDispose]())

test('version, status and configuration say what this runtime is', async () => {
  expect(await shim.client.version({})).toMatchObject({ runtimeName: 'kubets', runtimeApiVersion: 'v1' })
  const { status, info, features } = await shim.client.status({ verbose: true })
  expect(status?.conditions.map(c => [c.type, c.status])).toEqual([
    ['RuntimeReady', true],
    ['NetworkReady', true],
  ])
  expect(JSON.parse(info.config ?? '')).toMatchObject({ tools: { runc: '/usr/sbin/runc' } })
  expect(features?.supplementalGroupsPolicy).toBe(true)
  expect(await shim.client.runtimeConfig({})).toEqual({ linux: { cgroupDriver: 'CGROUPFS' } })
  await shim.run(await shim.sandbox(), 'sleep 100')
  const { descriptors } = await shim.client.listMetricDescriptors({})
  const { podMetrics } = await shim.client.listPodSandboxMetrics({})
  const names = new Set(descriptors.map(d => d.name))
  const used = podMetrics.flatMap(p => [...p.metrics, ...p.containerMetrics.flatMap(c => c.metrics)]).map(m => m.name)
  expect(used.length).toBeGreaterThan(0)
  expect(used.filter(name => !names.has(name))).toEqual([])
})
