import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { FanOut } from './fan-out.ts'

function work(milliseconds: number): void {
  const until = performance.now() + milliseconds
  while (performance.now() < until);
}

describe('a fan-out', () => {
  it('sends at once where nothing was sent before', () => {
    let sent = 0
    new FanOut().add({ send: () => sent++ })
    expect(sent).toBe(1)
  })

  it('sends to many in turns of the loop, in order, once for all that came meanwhile', async () => {
    const fanOut = new FanOut()
    const sent: number[] = []
    const watchers = Array.from({ length: 200 }, (_, i) => ({
      send: () => {
        work(0.1)
        sent.push(i)
      },
    }))
    for (const one of watchers) fanOut.add(one)
    const atOnce = sent.length
    expect(atOnce).toBeLessThan(200)
    // told again while it waits
    fanOut.add(watchers[199] as (typeof watchers)[0])
    let turns = 0
    for (; sent.length < 200; turns++) await setImmediate()
    expect(turns).toBeGreaterThan(2)
    expect(sent).toEqual(Array.from({ length: 200 }, (_, i) => i))
  })
})
