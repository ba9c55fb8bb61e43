import { expect, test } from 'vitest'
import { createBackOff } from './back-off.ts'

const second = 1_000

test('the first failure is tried again at once, then after 10, 20, 40, … at most 300 seconds', () => {
  const backOff = createBackOff()
  const delays: number[] = []
  let now = 0
  for (let i = 0; i < 8; i++) {
    const wait = backOff.remaining('c', now, now)
    delays.push(wait / second)
    now += wait
    backOff.next('c', now)
  }
  expect(delays).toEqual([0, 10, 20, 40, 80, 160, 300, 300])
})

test('time that has passed since the failure counts', () => {
  const backOff = createBackOff()
  backOff.next('c', 0)
  expect(backOff.remaining('c', 0, 4 * second)).toBe(6 * second)
  expect(backOff.remaining('c', 0, 11 * second)).toBe(0)
})

test('a container that ran for ten minutes begins anew', () => {
  const backOff = createBackOff()
  for (let i = 0; i < 5; i++) backOff.next('c', i)
  const ended = 601 * second
  expect(backOff.remaining('c', ended, ended)).toBe(0)
  backOff.next('c', ended)
  expect(backOff.delay('c')).toBe(10 * second)
})
