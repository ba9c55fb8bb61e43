import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { crc32 } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { isAsleep, OrdersGiven, sharedMemory } from './hand-over.ts'

/** Orders to a thread of their own; `messages`: how many it took to tell them. */
function orderTaker(patience?: number) {
  const shared = sharedMemory()
  const thread = new URL('./testdata/order-taker.ts', import.meta.url)
  const worker = new Worker(thread, { workerData: { shared, patience } })
  let messages = 0
  const orders = new OrdersGiven(shared, (message, moved) => {
    messages++
    worker.postMessage(message, moved)
  })
  const exited = once(worker, 'exit')
  return {
    worker,
    orders,
    exited,
    async sleeps(): Promise<void> {
      while (!isAsleep(shared)) await setTimeout(1)
    },
    messages: () => messages,
    /** Whether the thread has been told what it says it was. */
    async carriesOut(length: number, fill: number): Promise<boolean> {
      const memory = new ArrayBuffer(Math.max(length, 16))
      const bytes = new Uint8Array(memory).fill(fill)
      const expected = crc32(bytes.subarray(0, length))
      const answer = once(worker, 'message')
      const kept = orders.give({ memory, length })
      expect(kept).toBe(memory.byteLength > 0)
      return (await answer)[0] === expected
    },
  }
}

describe('orders to the thread', () => {
  test('are carried out one by one, as they were given, whatever their size and whether it sleeps', async () => {
    const { orders, exited, carriesOut } = orderTaker()
    const sizes = [1, 5_000, 65_536, 65_537, 300_000, 0, 700]
    for (let i = 0; i < 400; i++) {
      expect(await carriesOut(sizes[i % sizes.length] as number, i % 251)).toBe(true)
      // it may be about to go to sleep, asleep, or have gone back to its event loop
      if (i % 40 === 0) await setTimeout(i % 80 === 0 ? 30 : 19)
    }
    orders.close()
    expect(await exited).toEqual([0])
  })

  test('take no message where it sleeps and they are small', async () => {
    const { orders, exited, messages, sleeps, carriesOut } = orderTaker(600_000)
    await carriesOut(100, 1)
    expect(messages()).toBe(1)
    for (let i = 0; i < 100; i++) {
      await sleeps()
      expect(await carriesOut(i * 600, i)).toBe(true)
    }
    expect(messages()).toBe(1)
    await sleeps()
    expect(await carriesOut(65_537, 7)).toBe(true)
    expect(messages()).toBe(2)
    await sleeps()
    orders.close()
    expect(await exited).toEqual([0])
  })

  test('end where the thread is in its event loop', async () => {
    const { orders, exited } = orderTaker()
    orders.close()
    expect(await exited).toEqual([0])
  })

  test('the thread can be ended while it sleeps', async () => {
    const { worker, sleeps, carriesOut } = orderTaker(600_000)
    await carriesOut(16, 1)
    await sleeps()
    expect(await worker.terminate()).toBe(1)
  })
})
