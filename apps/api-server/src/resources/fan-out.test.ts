import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { FanOut, type Sending } from './fan-out.ts'

function work(milliseconds: number): void {
  const until = performance.now() + milliseconds
  while (performance.now() < until);
}

function watcher(send: () => void): Sending {
  return {
    queued: false,
    send,
    fail: error => {
      throw error
    },
  }
}

describe('a fan-out', () => {
  it('sends at once where nothing was sent before', () => {
    let sent = 0
    new FanOut().add(watcher(() => sent++))
    expect(sent).toBe(1)
  })

  it('sends to many in turns of the loop, in order, once for all that came meanwhile', async () => {
    const fanOut = new FanOut()
    const sent: number[] = []
    const watchers = Array.from({ length: 200 }, (_, i) =>
      watcher(() => {
        work(0.1)
        sent.push(i)
      }),
    )
    for (const one of watchers) fanOut.add(one)
    const atOnce = sent.length
    expect(atOnce).toBeLessThan(200)
    // told again while it waits
    fanOut.add(watchers[199] as Sending)
    let turns = 0
    for (; sent.length < 200; turns++) await setImmediate()
    expect(turns).toBeGreaterThan(2)
    expect(sent).toEqual(Array.from({ length: 200 }, (_, i) => i))
  })

  it('sends to no more in a turn than it can afford by what writes cost', async () => {
    let used = 0
    const fanOut = new FanOut(() => used)
    let sent = 0
    const watchers = Array.from({ length: 2_000 }, () =>
      watcher(() => {
        sent++
        used += 0.0625
      }),
    )
    for (const one of watchers) fanOut.add(one)
    const turns: number[] = []
    for (let before = sent; sent < 2_000; before = sent) {
      await setImmediate()
      turns.push(sent - before)
    }
    // fewer where the machine was busy, and ended a turn by the clock
    expect(Math.max(...turns.slice(2))).toBe(32)
  })

  it('sends to no more in a turn than the processor keeps at hand, however cheap writes are', async () => {
    let used = 0
    const fanOut = new FanOut(() => used)
    let sent = 0
    const watchers = Array.from({ length: 40_000 }, () =>
      watcher(() => {
        sent++
        used += 0.001
      }),
    )
    for (const one of watchers) fanOut.add(one)
    const turns: number[] = []
    for (let before = sent; sent < 40_000; before = sent) {
      await setImmediate()
      turns.push(sent - before)
    }
    expect(Math.max(...turns)).toBe(128)
  })

  it('goes on to the others when one cannot be told', async () => {
    const fanOut = new FanOut()
    const outcomes: string[] = []
    for (const name of ['first', 'broken', 'last']) {
      fanOut.add({
        queued: false,
        send: () => {
          if (name === 'broken') throw new Error('cannot be said')
          outcomes.push(name)
        },
        fail: error => outcomes.push(`${name}: ${error}`),
      })
    }
    await setImmediate()
    expect(outcomes).toEqual(['first', 'broken: Error: cannot be said', 'last'])
  })
})
