import type { Pod } from '@kubets/api-types'
import { manualClock } from '@kubets/client/testing'
import { describe, expect, test } from 'vitest'
import { podsToDelete } from './deletion-order.ts'
import { Expectations } from './expectations.ts'
import { chargeInterner, type PodInfo, toPodInfo } from './pod-info.ts'
import { isAvailable, nextAvailability } from './pod-state.ts'
import { slowStart } from './slow-start.ts'

const now = Date.parse('2026-01-01T12:00:00Z')
const ago = (seconds: number) => now - seconds * 1_000
const base = toPodInfo({ metadata: { name: 'p', namespace: 'n' } } as Pod)
const pod = (name: string, more: Partial<PodInfo> = {}): PodInfo => ({
  ...base,
  name,
  uid: name,
  phase: 'Running',
  nodeName: 'node',
  ready: true,
  readySince: ago(100),
  created: ago(100),
  ...more,
})

describe('the pod that is deleted first', () => {
  test.each<[string, Partial<PodInfo>, Partial<PodInfo>]>([
    ['has no node', { nodeName: '' }, { phase: 'Pending' }],
    ['is pending', { phase: 'Pending' }, { ready: false }],
    ['is not ready', { ready: false, readySince: 0 }, { deletionCost: -10 }],
    ['is cheap', { deletionCost: -1 }, { restarts: 5 }],
    ['was ready for a shorter time', { readySince: ago(10) }, { restarts: 5 }],
    ['has restarted more often', { restarts: 2 }, { restarts: 1, created: ago(1) }],
    ['has a sidecar that restarted more often', { sidecarRestarts: 2 }, { created: ago(1) }],
    ['is younger', { created: ago(10) }, {}],
    ['has the smaller uid when both are of about the same age', { created: ago(99), uid: 'a' }, { uid: 'b' }],
  ])('%s', (_, first, second) => {
    const pods = [pod('second', second), pod('first', first)]
    expect(podsToDelete(pods, [], 1, now).map(({ name }) => name)).toEqual(['first'])
  })

  test('stands where most of its siblings stand, of all ReplicaSets of its Deployment', () => {
    const [here, there] = [pod('here', { nodeName: 'full' }), pod('there', { nodeName: 'empty', created: ago(1) })]
    const related = [here, there, pod('sibling', { nodeName: 'full' })]
    expect(podsToDelete([there, here], related, 1, now)).toEqual([here])
  })
})

test('a deletion cost is a whole number of 32 bits, or nothing', () => {
  const cost = (text: string) =>
    toPodInfo({
      metadata: { annotations: { 'controller.kubernetes.io/pod-deletion-cost': text } },
    } as unknown as Pod).deletionCost
  expect(['10', '-3', '+3', '03', '3.5', '2147483648', 'x'].map(cost)).toEqual([10, -3, 0, 0, 0, 0, 0])
})

test('pods of one template share one charge', () => {
  const intern = chargeInterner()
  const of = (cpu: string, name: string) =>
    ({ metadata: { name }, spec: { containers: [{ name: 'c', resources: { requests: { cpu } } }] } }) as Pod
  expect(intern(of('1', 'a'))).toBe(intern(of('1', 'b')))
  expect(intern(of('2', 'a'))).not.toBe(intern(of('1', 'a')))
})

test('a pod is available when it was ready for long enough, and it is known when that will be', () => {
  const fresh = pod('fresh', { readySince: ago(4) })
  expect([isAvailable(fresh, 0, now), isAvailable(fresh, 10, now), isAvailable(fresh, 4, now)]).toEqual([
    true,
    false,
    true,
  ])
  expect(nextAvailability([fresh, pod('older', { readySince: ago(7) })], 10, now)).toBe(3_000)
  expect(nextAvailability([pod('old')], 10, now)).toBeUndefined()
})

describe('expectations', () => {
  test('hold until all that was asked for is seen; a pod that goes is seen once', () => {
    const expectations = new Expectations(manualClock())
    expectations.expectCreations('k', 2)
    expectations.creationObserved('k')
    expect(expectations.satisfied('k')).toBe(false)
    expectations.creationObserved('k')
    expect(expectations.satisfied('k')).toBe(true)
    expectations.expectDeletions('k', ['a', 'b'])
    expectations.deletionObserved('k', 'a')
    expectations.deletionObserved('k', 'a')
    expect(expectations.satisfied('k')).toBe(false)
    expectations.deletionObserved('k', 'b')
    expect(expectations.satisfied('k')).toBe(true)
  })

  test('are given up after five minutes', () => {
    const clock = manualClock()
    const expectations = new Expectations(clock)
    expectations.expectCreations('k', 1)
    clock.advance(300_000)
    expect(expectations.satisfied('k')).toBe(false)
    clock.advance(1)
    expect(expectations.satisfied('k')).toBe(true)
  })
})

test('what fails is tried once, what works in batches that double', async () => {
  const batches: number[] = []
  let running = 0
  const result = await slowStart(10, async () => {
    running++
    await Promise.resolve()
    if (running > 0) batches.push(running)
    running = 0
  })
  expect(result).toEqual({ succeeded: 10 })
  expect(batches).toEqual([1, 2, 4, 3])
  let calls = 0
  const failed = await slowStart(10, async () => {
    if (++calls > 1) throw new Error('quota')
  })
  expect([failed.succeeded, calls]).toEqual([1, 3])
})
