import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { ClientGoneError, type Exchange } from '../front/exchange.ts'
import type { RequestContext } from './request-context.ts'
import { largeObject, RequestTurns } from './request-turns.ts'

/** Turns whose clock moves only where somebody works. */
function turnsAt() {
  let time = 0
  let inFlight = 2
  const turns = new RequestTurns(
    () => inFlight,
    () => time,
  )
  const underWay = (count: number) => {
    inFlight = count
  }
  return { turns, work: (milliseconds: number) => (time += milliseconds), underWay }
}

const contextOf = (exchange: Partial<Exchange>) => ({ exchange }) as RequestContext

describe('the turns of requests', () => {
  it('come at once to whoever comes alone', async () => {
    const { turns, work } = turnsAt()
    for (let i = 0; i < 3; i++) {
      expect(turns.enter()).toBeUndefined()
      work(10)
      await nextTurn()
    }
  })

  it('are not waited for by the only one that is under way, as long as others had none of this turn', async () => {
    const { turns, work, underWay } = turnsAt()
    underWay(1)
    expect(turns.meet()).toBeUndefined()
    expect(turns.meet()).toBeInstanceOf(Promise)
    await nextTurn()
    await nextTurn()
    expect(turns.meet()).toBeUndefined()
    work(10)
    await Promise.resolve().then(() => nextTurn())
    underWay(2)
    expect(turns.meet()).toBeInstanceOf(Promise)
  })

  it('are shared by those that come together: the others go on in later ones, in their order', async () => {
    const { turns, work } = turnsAt()
    let turn = 0
    let running = 100
    const done: number[] = []
    const inTurn: number[] = []
    const request = async (i: number) => {
      await turns.enter()
      // what follows at once belongs to it, however often it waits for what is there
      await Promise.resolve()
      await Promise.resolve()
      work(1)
      done.push(i)
      inTurn[turn] = (inTurn[turn] ?? 0) + 1
      running--
    }
    const all = Promise.all(Array.from({ length: 100 }, (_, i) => request(i)))
    while (running > 0) {
      await nextTurn()
      turn++
    }
    await all
    expect(done).toEqual(Array.from({ length: 100 }, (_, i) => i))
    // the first ones together, as nobody knows how long they take, then two in each; two turns may lie between two looks
    expect(Math.max(...inTurn)).toBeLessThanOrEqual(16)
    expect(inTurn.length).toBeGreaterThanOrEqual(20)
  })

  it('come again for each step of the work on a large object, while a small one takes all of its steps at once', async () => {
    const order = async (bytes: number) => {
      const { turns, work } = turnsAt()
      const seen: string[] = []
      let done = false
      function* steps() {
        for (let i = 0; i < 3; i++) {
          seen.push('step')
          work(10)
          yield
        }
        done = true
        return 'the result'
      }
      const others = async () => {
        while (!done) {
          await turns.join()
          if (!done) seen.push('another')
        }
      }
      const [, result] = await Promise.all([others(), turns.through(bytes, steps())])
      expect(result).toBe('the result')
      return seen.join(' ')
    }
    expect(await order(largeObject)).toBe('step another step another step another')
    expect(await order(largeObject - 1)).toBe('step step step')
  })

  it('come to those who join a line side by side, step by step, when all is read', async () => {
    const { turns } = turnsAt()
    const order: string[] = []
    const join = async (name: string) => {
      await turns.join()
      order.push(`${name}1`)
      await Promise.resolve()
      order.push(`${name}2`)
    }
    const all = Promise.all([join('a'), join('b')])
    await Promise.resolve().then(() => Promise.resolve())
    expect(order).toEqual([])
    await all
    expect(order).toEqual(['a1', 'b1', 'a2', 'b2'])
  })

  it('take fewer side by side where each takes long, and more again later', async () => {
    const { turns, work } = turnsAt()
    /** How many took a first step before somebody took a second one. */
    const rows: number[] = []
    let last = 'second'
    const crowd = (milliseconds: number) =>
      Promise.all(
        Array.from({ length: 40 }, async () => {
          await turns.join()
          work(milliseconds)
          if (last === 'second') rows.push(0)
          rows.push((rows.pop() ?? 0) + 1)
          last = 'first'
          await Promise.resolve()
          last = 'second'
        }),
      )
    await crowd(5)
    expect(rows).toEqual([8, ...new Array(32).fill(1)])
    rows.length = 0
    await crowd(0.01)
    expect(Math.max(...rows)).toBe(8)
  })

  it('come to those who wait before those who come later', async () => {
    const { turns, work } = turnsAt()
    const order: string[] = []
    const enter = async (name: string) => {
      await turns.enter()
      work(5)
      order.push(name)
    }
    const names = Array.from({ length: 40 }, (_, i) => String(i))
    const all = names.map(enter)
    await nextTurn()
    expect(order.length).toBeLessThan(40)
    all.push(enter('late'))
    await Promise.all(all)
    expect(order).toEqual([...names, 'late'])
  })

  it('come to thousands', async () => {
    const { turns, work } = turnsAt()
    const order: number[] = []
    const enter = async (i: number) => {
      await turns.enter()
      work(0.01)
      order.push(i)
    }
    await Promise.all(Array.from({ length: 5_000 }, (_, i) => enter(i)))
    expect(order).toEqual(Array.from({ length: 5_000 }, (_, i) => i))
  })

  it('come to those who work at something large again and again, and to others in between', async () => {
    const { turns, work } = turnsAt()
    const order: string[] = []
    const enter = async (name: string) => {
      for (let step = 1; step <= 3; step++) {
        await turns.enter()
        work(5)
        order.push(`${name}${step}`)
      }
    }
    await Promise.all([enter('a'), enter('b')])
    expect(order).toEqual(['a1', 'b1', 'a2', 'b2', 'a3', 'b3'])
  })

  it('come to somebody, however long the turn has been', async () => {
    const { turns, work } = turnsAt()
    expect(turns.enter()).toBeUndefined()
    const joined = turns.join()
    work(1_000)
    await expect(joined).resolves.toBeUndefined()
  })

  it('let the loop look elsewhere in between', async () => {
    const { turns, work } = turnsAt()
    const order: string[] = []
    const enter = async (name: string) => {
      await turns.enter()
      work(5)
      order.push(name)
    }
    const names = Array.from({ length: 20 }, (_, i) => String(i))
    const all = Promise.all(names.map(enter))
    setTimeout(() => order.push('timer'))
    const before = performance.now()
    while (performance.now() - before < 5);
    await all
    expect(order.filter(name => name !== 'timer')).toEqual(names)
    expect(order.indexOf('timer')).toBeLessThan(order.indexOf('19'))
  })

  it('are not for those whose client has gone meanwhile, or was answered', async () => {
    const { turns, work } = turnsAt()
    expect(turns.step(contextOf({ closed: false }))).toBeUndefined()
    const gone = turns.step(contextOf({ closed: true }))
    const answered = turns.step(contextOf({ closed: false, responded: true }))
    const there = turns.step(contextOf({ closed: false, responded: false }))
    work(5)
    await expect(gone).rejects.toThrow(ClientGoneError)
    await expect(answered).rejects.toThrow(ClientGoneError)
    await expect(there).resolves.toBeUndefined()
  })
})
