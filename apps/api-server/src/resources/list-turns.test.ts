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
    let running = 10
    let steps = 0
    const list = async () => {
      for (let i = 0; i < 5; i++) {
        if (turns.over) await turns.next()
        work(1)
        steps++
      }
      running--
    }
    const all = Promise.all(Array.from({ length: 10 }, list))
    const inTurns = [steps]
    while (running > 0) {
      steps = 0
      await setImmediate()
      inTurns.push(steps)
    }
    await all
    // a turn's last step may begin just before its end; two turns may lie between two looks
    expect(Math.max(...inTurns)).toBeLessThanOrEqual(8)
  })

  it('come at once where nobody has used any', () => {
    expect(new ListTurns().over).toBe(false)
  })

  it('leave the immediates of a turn in which lists have read from their sockets to others', async () => {
    const turns = new ListTurns()
    const seen = await new Promise(resolve =>
      setTimeout(() => {
        let resumed = 0
        const over = turns.over
        turns.next().then(() => resumed++)
        globalThis.setImmediate(() => resolve({ over, resumed }))
      }),
    )
    expect(seen).toEqual({ over: false, resumed: 0 })
  })

  it('come to those who wait in their order', async () => {
    const turns = new ListTurns()
    const order: number[] = []
    await Promise.all([0, 1, 2].map(i => turns.next().then(() => order.push(i))))
    expect(order).toEqual([0, 1, 2])
  })
})
