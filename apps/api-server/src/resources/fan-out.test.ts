import { setImmediate } from 'node:timers/promises'
import { describe, expect, it, vi } from 'vitest'
import { FanOut, type Sending } from './fan-out.ts'

function work(milliseconds: number): void {
  const until = performance.now() + milliseconds
  while (performance.now() < until);
}

function watcher(fanOut: FanOut, send: () => void, connection?: object): Sending {
  return {
    queued: false,
    lane: fanOut.lane(connection),
    send,
    fail: error => {
      throw error
    },
  }
}

describe('a fan-out', () => {
  it('sends behind what runs now and the microtasks that it leaves, before anything else of the loop', async () => {
    const told: string[] = []
    const fanOut = new FanOut()
    const later = setImmediate().then(() => told.push('the loop goes on'))
    fanOut.add(watcher(fanOut, () => told.push('first watcher')))
    fanOut.add(watcher(fanOut, () => told.push('second watcher')))
    const answer = async () => {
      for (let i = 0; i < 30; i++) await undefined
      told.push('answer')
    }
    await Promise.all([answer(), later])
    expect(told).toEqual(['answer', 'first watcher', 'second watcher', 'the loop goes on'])
  })

  it('sends once for all that comes before it', async () => {
    let sent = 0
    const fanOut = new FanOut()
    const one = watcher(fanOut, () => sent++)
    for (let i = 0; i < 3; i++) fanOut.add(one)
    await setImmediate()
    expect([sent, one.queued]).toEqual([1, false])
  })

  it('sends to many in turns of the loop, in order, once for all that came meanwhile', async () => {
    const fanOut = new FanOut()
    const sent: number[] = []
    const watchers = Array.from({ length: 200 }, (_, i) =>
      watcher(fanOut, () => {
        work(0.1)
        sent.push(i)
      }),
    )
    for (const one of watchers) fanOut.add(one)
    await new Promise(resolve => process.nextTick(resolve))
    expect(sent.length).toBeLessThan(200)
    // told again while it waits
    fanOut.add(watchers[199] as Sending)
    let turns = 0
    for (; sent.length < 200; turns++) await setImmediate()
    expect(turns).toBeGreaterThan(2)
    expect(sent).toEqual(Array.from({ length: 200 }, (_, i) => i))
  })

  it('sends one share of a turn, whatever phase of the loop it begins in', async () => {
    const fanOut = new FanOut(() => 0)
    let sent = 0
    const watchers = Array.from({ length: 400 }, () => watcher(fanOut, () => sent++))
    const inTurn = await new Promise<number[]>(resolve =>
      setTimeout(() => {
        for (const one of watchers) fanOut.add(one)
        process.nextTick(() => {
          const first = sent
          globalThis.setImmediate(() => resolve([first, sent - first]))
        })
      }),
    )
    expect(inTurn[0]).toBeGreaterThan(0)
    expect(inTurn[1]).toBe(0)
    while (sent < 400) await setImmediate()
  })

  it('sends to no more in a turn than it can afford by what writes cost', async () => {
    let used = 0
    const fanOut = new FanOut(() => used)
    let sent = 0
    const watchers = Array.from({ length: 2_000 }, () =>
      watcher(fanOut, () => {
        sent++
        used += 0.0625
      }),
    )
    for (const one of watchers) fanOut.add(one)
    const turns: number[] = []
    for (let before = sent; sent < 2_000; before = sent) {
      // what they cost shows by then, wherever the machine's clock has cut turns short
      const known = used >= 64
      await setImmediate()
      if (known) turns.push(sent - before)
    }
    // fewer where the machine was busy, and ended a turn by the clock
    expect(Math.max(...turns)).toBe(32)
  })

  it('asks for no processor time where few are told', async () => {
    let asked = 0
    const fanOut = new FanOut(() => asked++)
    for (let turn = 0; turn < 50; turn++) {
      for (let i = 0; i < 8; i++) fanOut.add(watcher(fanOut, () => undefined))
      // the first one is asked for before the turn begins, which ends in the one behind
      await setImmediate()
      await setImmediate()
    }
    expect(asked).toBe(0)
  })

  it('sends to no more in a turn than the processor keeps at hand, however cheap writes are', async () => {
    let used = 0
    const fanOut = new FanOut(() => used)
    let sent = 0
    const watchers = Array.from({ length: 40_000 }, () =>
      watcher(fanOut, () => {
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
        lane: fanOut.lane(),
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

  it('sends to those of one connection in one turn, however they are mixed', async () => {
    // a machine that stands still in between ends a turn by the clock
    const clock = vi.spyOn(performance, 'now').mockReturnValue(0)
    const fanOut = new FanOut(() => 0)
    const connections = Array.from({ length: 7 }, () => ({}))
    const sent: [connection: number, watcher: number][] = []
    for (let i = 0; i < 128; i++) fanOut.add(watcher(fanOut, () => undefined))
    for (let i = 0; i < 50; i++)
      for (const [at, connection] of connections.entries())
        fanOut.add(watcher(fanOut, () => sent.push([at, i]), connection))
    expect(sent).toEqual([])
    const turns: number[][] = []
    for (let before = 0; sent.length < 350; before = sent.length) {
      await setImmediate()
      turns.push([...new Set(sent.slice(before).map(([connection]) => connection))])
    }
    expect(turns.filter(turn => turn.length > 0)).toEqual([[0, 1], [2, 3], [4, 5], [6]])
    expect(sent.filter(([connection]) => connection === 3).map(([, i]) => i)).toEqual(
      Array.from({ length: 50 }, (_, i) => i),
    )
    clock.mockRestore()
  })

  it('counts the writes of one that stands for many, and goes on with them in the next turn', async () => {
    const clock = vi.spyOn(performance, 'now').mockReturnValue(0)
    const fanOut = new FanOut(() => 0)
    const sent: string[] = []
    const many = (name: string, writes: number, connection: object) => {
      let left = writes
      const one: Sending = {
        queued: false,
        lane: fanOut.lane(connection),
        writes,
        get partly() {
          return left < writes && left > 0
        },
        send() {
          sent.push(name)
          left--
          // what comes meanwhile is told behind that
          if (name === 'b' && left === 40) fanOut.add(one)
          if (left === 0 && name === 'b' && one.queued) left = writes
        },
        fail: error => {
          throw error
        },
      }
      return one
    }
    for (const one of [many('a', 100, {}), many('b', 200, {}), many('c', 10, {})]) fanOut.add(one)
    const turns: string[] = []
    for (let before = 0; sent.length < 510; before = sent.length) {
      await setImmediate()
      const now = sent.slice(before)
      if (now.length > 0)
        turns.push([...new Set(now)].map(name => `${now.filter(x => x === name).length}${name}`).join())
    }
    expect(turns).toEqual(['100a', '128b', '72b,10c', '128b', '72b'])
    clock.mockRestore()
  })

  it('sends to more on one connection than fit into a turn', async () => {
    const fanOut = new FanOut(() => 0)
    const connection = {}
    const sent: number[] = []
    for (let i = 0; i < 1_000; i++) fanOut.add(watcher(fanOut, () => sent.push(i), connection))
    while (sent.length < 1_000) await setImmediate()
    expect(sent).toEqual(Array.from({ length: 1_000 }, (_, i) => i))
  })

  it('lets a connection with ever more to send not keep the others waiting', async () => {
    const fanOut = new FanOut(() => 0)
    const busy: Sending[] = Array.from({ length: 300 }, () => watcher(fanOut, () => more(), fanOut))
    let again = 10_000
    const more = () => {
      if (again-- > 0) fanOut.add(busy[again % busy.length] as Sending)
    }
    for (const one of busy) fanOut.add(one)
    const told = Promise.withResolvers<number>()
    fanOut.add(watcher(fanOut, () => told.resolve(again), {}))
    expect(await told.promise).toBeGreaterThan(9_000)
    while (again > 0) await setImmediate()
  })
})
