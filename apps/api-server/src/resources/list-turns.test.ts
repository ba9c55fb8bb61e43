import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { ListTurns } from './list-turns.ts'

function work(milliseconds: number): void {
  const until = performance.now() + milliseconds
  while (performance.now() < until);
}

describe('the turns of lists', () => {
  it('are shared by all of them: others get theirs in between', async () => {
    const turns = new ListTurns()
    let longest = 0
    let last = performance.now()
    let running = 10
    const list = async () => {
      for (let i = 0; i < 30; i++) {
        if (turns.over) await turns.next()
        work(0.2)
      }
      running--
    }
    const all = Promise.all(Array.from({ length: 10 }, list))
    let turnsTaken = 0
    while (running > 0) {
      await setImmediate()
      const now = performance.now()
      longest = Math.max(longest, now - last)
      last = now
      turnsTaken++
    }
    await all
    // 60 ms of work: in one go without turns
    expect(turnsTaken).toBeGreaterThan(10)
    expect(longest).toBeLessThan(40)
  })

  it('come at once where nobody has used any', () => {
    expect(new ListTurns().over).toBe(false)
  })

  it('come to those who wait in their order', async () => {
    const turns = new ListTurns()
    const order: number[] = []
    await Promise.all([0, 1, 2].map(i => turns.next().then(() => order.push(i))))
    expect(order).toEqual([0, 1, 2])
  })
})
