import type { Taint, Toleration } from '@kubets/api-types'
import { manualClock } from '@kubets/client/testing'
import { expect, test } from 'vitest'
import { Evictions } from './evictions.ts'
import { toleratedFor } from './tolerated-for.ts'

const notReady = { key: 'not-ready', effect: 'NoExecute' } as Taint
const unreachable = { key: 'unreachable', effect: 'NoExecute' } as Taint
const tolerates = (key: string, tolerationSeconds?: number, more: object = {}) =>
  ({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds, ...more }) as Toleration

test.each([
  [[], [notReady], 0],
  [[tolerates('not-ready', 300)], [notReady], 300_000],
  [[tolerates('not-ready', 300)], [notReady, unreachable], 0],
  [[tolerates('not-ready', 300), tolerates('unreachable', 20)], [notReady, unreachable], 20_000],
  [[tolerates('not-ready', 300), tolerates('unreachable', 20)], [notReady], 300_000],
  [[tolerates('not-ready')], [notReady], Number.POSITIVE_INFINITY],
  [[tolerates('not-ready'), tolerates('unreachable', 7)], [notReady, unreachable], 7_000],
  [[tolerates('not-ready', 0)], [notReady], 0],
  [[tolerates('not-ready', -5)], [notReady], 0],
  // the first that fits counts
  [[tolerates('not-ready'), tolerates('not-ready', 5)], [notReady], Number.POSITIVE_INFINITY],
  [[{ operator: 'Exists' } as Toleration], [notReady, unreachable], Number.POSITIVE_INFINITY],
  [[tolerates('not-ready', 5, { operator: 'Equal', value: 'x' })], [notReady], 0],
])('%j beside %j stays %d ms', (tolerations, taints, ms) => {
  expect(toleratedFor(tolerations, taints)).toBe(ms)
})

test('a pod goes when its time is over, once, and not when it was cancelled before', async () => {
  const clock = manualClock()
  const gone: string[] = []
  await using evictions = new Evictions(clock, async pod => void gone.push(pod))
  const now = clock.now()
  evictions.plan('n/a', now, now + 5_000)
  evictions.plan('n/a', now, now + 1_000) // stays as it was planned
  evictions.plan('n/b', now, now + 5_000)
  evictions.plan('n/c', now, now)
  expect(evictions.plannedAt('n/a')).toBe(now)
  expect(evictions.cancel('n/c')).toBe(false)
  expect(evictions.cancel('n/b')).toBe(true)
  expect(evictions.cancel('n/b')).toBe(false)
  clock.advance(4_999)
  expect(gone).toEqual(['n/c'])
  clock.advance(1)
  await Promise.resolve()
  expect(gone).toEqual(['n/c', 'n/a'])
  expect(clock.pending).toBe(0)
})

test('a year is longer than a timer counts', async () => {
  const clock = manualClock()
  const gone: string[] = []
  const year = 365 * 86_400_000
  await using evictions = new Evictions(clock, async pod => void gone.push(pod))
  evictions.plan('n/a', clock.now(), clock.now() + year)
  clock.advance(year - 1)
  expect(gone).toEqual([])
  clock.advance(1)
  expect(gone).toEqual(['n/a'])
})
