import type { Socket } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { AcceptQueue } from './accept-queue.ts'

const socket = (destroyed = false) => ({ destroyed }) as Socket

it('begins one handshake at once when nobody waits', () => {
  const begun: Socket[] = []
  const one = socket()
  new AcceptQueue(s => begun.push(s)).push(one)
  expect(begun).toEqual([one])
})

it('begins a few handshakes a turn, in order, when thousands come at once', async () => {
  const begun: Socket[] = []
  const queue = new AcceptQueue(s => begun.push(s))
  const all = Array.from({ length: 1_000 }, () => socket())
  for (const one of all) queue.push(one)
  expect(begun).toHaveLength(1)
  let turns = 0
  while (begun.length < all.length) {
    const before = begun.length
    await turn()
    expect(begun.length - before).toBeLessThanOrEqual(6)
    turns++
  }
  expect(begun).toEqual(all)
  expect(turns).toBeGreaterThan(100)
})

it('passes over clients that went away while they waited', async () => {
  const begun: Socket[] = []
  const queue = new AcceptQueue(s => begun.push(s))
  const last = socket()
  queue.push(socket())
  for (let i = 0; i < 100; i++) queue.push(socket(true))
  queue.push(last)
  await turn()
  await turn()
  expect(begun.at(-1)).toBe(last)
  expect(begun).toHaveLength(2)
})
