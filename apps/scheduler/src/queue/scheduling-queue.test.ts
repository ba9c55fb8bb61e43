import type { Pod } from '@kubets/api-types'
import { manualClock } from '@kubets/client/testing'
import { expect, onTestFinished, test } from 'vitest'
import { testPod } from '../fake-server.ts'
import { testCluster } from '../test-cluster.ts'
import { SchedulingQueue } from './scheduling-queue.ts'

function start() {
  const clock = manualClock()
  let ready = 0
  const queue = new SchedulingQueue({ clock, onReady: () => ready++ })
  onTestFinished(() => queue[Symbol.dispose]())
  const { info } = testCluster([])
  return { clock, queue, add: (pod: Pod) => queue.add(info(pod)), info, pop: () => queue.pop(), ready: () => ready }
}

const fit = new Set(['NodeResourcesFit'])

test('priority first, then the order of arrival', () => {
  const { add, pop } = start()
  add(testPod('first'))
  add(testPod('second'))
  add(testPod('urgent', { spec: { priority: 100 } }))
  expect([pop(), pop(), pop(), pop()].map(q => q?.pod.name)).toEqual(['urgent', 'first', 'second', undefined])
})

test('the back-off doubles from one second to ten', () => {
  const { add, pop, queue, clock } = start()
  add(testPod('p'))
  const waits: number[] = []
  for (let i = 0; i < 6; i++) {
    const queued = pop()
    if (queued === undefined) throw new Error('nothing to pop')
    queue.failed(queued)
    const since = clock.now()
    while (!queue.hasReady) clock.advance(100)
    waits.push((clock.now() - since) / 1_000)
  }
  expect(waits).toEqual([1, 2, 4, 8, 10, 10])
})

test('an unschedulable pod waits for an event that helps; its back-off still holds', () => {
  const { add, pop, queue, clock } = start()
  add(testPod('p'))
  const queued = pop()
  if (queued === undefined) throw new Error('nothing to pop')
  queue.unschedulable(queued, fit)
  clock.advance(60_000)
  expect(queue.count('unschedulable')).toBe(1)
  queue.moveWhere(() => false)
  expect(queue.count('unschedulable')).toBe(1)
  queue.moveWhere(({ rejectedBy }) => rejectedBy === fit)
  expect(queue.count('active')).toBe(1)
  queue.unschedulable(pop() ?? queued, fit)
  queue.moveWhere(() => true)
  expect(queue.count('backoff')).toBe(1)
  clock.advance(2_000)
  expect(pop()?.attempts).toBe(3)
})

test('after five minutes it is tried again without any event', () => {
  const { add, pop, queue, clock } = start()
  add(testPod('p'))
  const queued = pop()
  if (queued === undefined) throw new Error('nothing to pop')
  queue.unschedulable(queued, fit)
  clock.advance(299_000)
  expect(queue.hasReady).toBe(false)
  clock.advance(31_000)
  expect(queue.hasReady).toBe(true)
})

test('a change of the pod itself brings it back, a change of its status does not', () => {
  const { add, pop, queue, clock, info } = start()
  const pod = testPod('p', { spec: { nodeSelector: { a: 'b' } } })
  add(pod)
  const queued = pop()
  if (queued === undefined) throw new Error('nothing to pop')
  queue.unschedulable(queued, fit)
  clock.advance(60_000)
  queue.update({ ...queued.pod, unschedulableMessage: 'x' })
  expect(queue.count('unschedulable')).toBe(1)
  queue.update({ ...info(testPod('p')), uid: queued.pod.uid })
  expect(queue.count('active')).toBe(1)
})

test('a deleted pod is never popped, wherever it stood', () => {
  const { add, pop, queue, clock, info } = start()
  add(testPod('active'))
  queue.delete(info(testPod('active')).uid)
  expect(pop()).toBeUndefined()
  add(testPod('waiting'))
  const queued = pop()
  if (queued === undefined) throw new Error('nothing to pop')
  queue.failed(queued)
  queue.delete(queued.pod.uid)
  clock.advance(60_000)
  expect(pop()).toBeUndefined()
  expect(['active', 'backoff', 'unschedulable', 'in flight'].map(s => queue.count(s as 'active'))).toEqual([0, 0, 0, 0])
})

test('a gated pod is not popped before its last gate is gone', () => {
  const { add, pop, queue, info } = start()
  add(testPod('p', { spec: { schedulingGates: [{ name: 'a' }] } }))
  expect(pop()).toBeUndefined()
  expect(queue.count('gated')).toBe(1)
  queue.update(info(testPod('p')))
  expect(pop()?.pod.name).toBe('p')
})
