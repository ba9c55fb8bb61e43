import { describe, expect, test } from 'vitest'
import { manualClock } from '../manual-clock.ts'
import { createWorkQueue, type WorkQueueOptions } from './create-work-queue.ts'
import { createRateLimiter } from './rate-limiter.ts'

function start(process: WorkQueueOptions['process'], more: Partial<WorkQueueOptions> = {}) {
  const clock = manualClock()
  return { clock, queue: createWorkQueue({ name: 'test', clock, process, ...more }) }
}

describe('the work queue', () => {
  test('a key added many times is worked on once, and once more when added meanwhile', async () => {
    const gate = Promise.withResolvers<void>()
    const worked: string[] = []
    const { queue } = start(async key => {
      worked.push(key)
      await gate.promise
    })
    for (let i = 0; i < 5; i++) queue.add('a')
    await expect.poll(() => worked).toEqual(['a'])
    for (let i = 0; i < 5; i++) queue.add('a')
    gate.resolve()
    await expect.poll(() => worked).toEqual(['a', 'a'])
    await queue[Symbol.asyncDispose]()
    expect(worked).toEqual(['a', 'a'])
  })

  test('no more than `concurrency` keys at once, never the same one twice', async () => {
    let running = 0
    let most = 0
    const active = new Set<string>()
    let done = 0
    const { queue } = start(
      async key => {
        expect(active.has(key)).toBe(false)
        active.add(key)
        most = Math.max(most, ++running)
        await new Promise(resolve => setImmediate(resolve))
        running--
        active.delete(key)
        done++
      },
      { concurrency: 3 },
    )
    for (let i = 0; i < 30; i++) queue.add(`k${i % 10}`)
    await expect.poll(() => done).toBe(13) // the three at work were added again meanwhile
    expect(most).toBe(3)
    await queue[Symbol.asyncDispose]()
  })

  test('a failing key comes back after 5, 10, 20 ms; success forgets its failures', async () => {
    const at: number[] = []
    const { queue, clock } = start(async () => {
      at.push(clock.now())
      if (at.length <= 3) throw new Error('not yet')
    })
    queue.add('a')
    for (let i = 0; i < 60; i++) {
      await new Promise(resolve => setImmediate(resolve))
      clock.advance(1)
    }
    expect(at.slice(1).map((t, i) => t - (at[i] ?? 0))).toEqual([5, 10, 20].map(ms => expect.closeTo(ms, -0.5)))
    await queue[Symbol.asyncDispose]()
  })

  test('requeueAfter and addAfter wait; the earliest of several delays counts', async () => {
    const worked: string[] = []
    const { queue, clock } = start(async key => {
      worked.push(key)
      return key === 'again' && worked.length < 3 ? { requeueAfter: 1_000 } : undefined
    })
    queue.addAfter('a', 5_000)
    queue.addAfter('a', 2_000)
    queue.addAfter('a', 9_000)
    clock.advance(1_999)
    await new Promise(resolve => setImmediate(resolve))
    expect(worked).toEqual([])
    clock.advance(1)
    await expect.poll(() => worked).toEqual(['a'])
    clock.advance(10_000)
    queue.add('again')
    await expect.poll(() => worked).toEqual(['a', 'again'])
    await new Promise(resolve => setImmediate(resolve))
    clock.advance(1_000)
    await expect.poll(() => worked).toEqual(['a', 'again', 'again'])
    await queue[Symbol.asyncDispose]()
  })

  test('shutdown waits for the key at work, tells it, and drops the rest', async () => {
    const worked: string[] = []
    let finished = false
    const { queue } = start(async (key, signal) => {
      worked.push(key)
      await new Promise(resolve => signal.addEventListener('abort', resolve, { once: true }))
      finished = true
    })
    queue.add('a')
    queue.add('b')
    await expect.poll(() => worked).toEqual(['a'])
    await queue[Symbol.asyncDispose]()
    expect(finished).toBe(true)
    queue.add('c')
    await new Promise(resolve => setImmediate(resolve))
    expect(worked).toEqual(['a'])
  })
})

test('the bucket of all keys lets 100 retries through at once and 10 a second after that', () => {
  const clock = manualClock()
  const limiter = createRateLimiter({ clock })
  const delays = Array.from({ length: 120 }, (_, i) => limiter.when(`k${i}`))
  expect(delays[99]).toBe(5)
  expect(delays[119]).toBe(2_000)
})
