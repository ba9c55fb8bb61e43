import { systemClock } from '@kubets/component'
import { expect, test, vi } from 'vitest'
import { HealthRecord, healthTimeout } from './health.ts'
import { startSyncLoop } from './sync-loop.ts'

test('changes that come during a run are one more run', async () => {
  const runs: PromiseWithResolvers<boolean>[] = []
  await using loop = startSyncLoop({
    minPeriod: 0,
    retryPeriod: 1_000,
    clock: systemClock,
    sync() {
      const run = Promise.withResolvers<boolean>()
      runs.push(run)
      return run.promise
    },
  })
  loop.poke()
  await vi.waitFor(() => expect(runs.length).toBe(1))
  for (let i = 0; i < 10; i++) loop.poke()
  runs[0]?.resolve(true)
  await vi.waitFor(() => expect(runs.length).toBe(2))
  runs[1]?.resolve(true)
})

test('a run that failed is repeated without being asked', async () => {
  const pauses: number[] = []
  let runs = 0
  await using loop = startSyncLoop({
    minPeriod: 1_000,
    retryPeriod: 3_000,
    clock: {
      now: () => 0,
      after(ms, callback) {
        pauses.push(ms)
        setImmediate(callback)
        return () => undefined
      },
    },
    sync: async () => ++runs === 4,
  })
  loop.poke()
  await vi.waitFor(() => expect(runs).toBe(4))
  expect(pauses.slice(0, 3)).toEqual([1_000, 2_000, 3_000])
})

test('rules that wait for too long make the proxy unhealthy, a node on its way out only ineligible', () => {
  let now = 0
  const health = new HealthRecord({ now: () => now, after: () => () => undefined })
  expect(health.report()).toMatchObject({ healthy: true })
  health.updated('IPv4')
  health.queued('IPv4')
  now = healthTimeout - 1
  health.queued('IPv4') // the oldest change counts
  expect(health.report().healthy).toBe(true)
  now = healthTimeout
  expect(health.report()).toMatchObject({
    healthy: false,
    lastUpdated: '1970-01-01T00:00:00.000Z',
    status: { IPv4: { healthy: false } },
  })
  health.updated('IPv4')
  expect(health.report(false)).toMatchObject({ healthy: true, nodeEligible: false })
})
