import { systemClock } from '@kubets/component'
import { expect, test } from 'vitest'
import { storeCheck } from './store-check.ts'

function setUp(revision: () => Promise<number>, timeout = 40) {
  let now = 1_000
  let asked = 0
  const store = {
    revision() {
      asked++
      return revision()
    },
  }
  const clock = { now: () => now, after: systemClock.after }
  const { name, check } = storeCheck('etcd', store, clock, timeout)
  return { name, check, pass: (ms: number) => (now += ms), asked: () => asked }
}

test('a store that answers is well, and is asked no more often than twice in the timeout', async () => {
  const { check, pass, asked } = setUp(async () => 7)
  for (let i = 0; i < 5; i++) await check()
  expect(asked()).toBe(1)
  pass(20)
  await check()
  expect(asked()).toBe(2)
})

test('who asks too often hears the last answer, and before the first one that there is none', async () => {
  let fail = true
  const { check, pass } = setUp(async () => {
    if (fail) throw new Error('no leader')
    return 1
  })
  const first = check()
  await expect(check()).rejects.toThrow('etcd client connection not yet established')
  await expect(first).rejects.toThrow('error getting data from etcd: no leader')
  await expect(check()).rejects.toThrow('no leader')
  fail = false
  pass(20)
  await check()
})

test('a store that does not answer in time is not well', async () => {
  const { check } = setUp(() => new Promise<number>(() => undefined))
  await expect(check()).rejects.toThrow('error getting data from etcd: context deadline exceeded')
})
