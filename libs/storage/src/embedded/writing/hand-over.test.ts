import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { crc32 } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { OrdersGiven, sharedMemory } from './hand-over.ts'

/** Orders to a thread of their own; `messages`: how many it took to tell them. */
function orderTaker() {
  const shared = sharedMemory()
  const worker = new Worker(new URL('./testdata/order-taker.ts', import.meta.url), { workerData: shared })
  let messages = 0
  const orders = new OrdersGiven(shared, (message, moved) => {
    messages++
    worker.postMessage(message, moved)
  })
  const exited = once(worker, 'exit')
  return {
    orders,
    exited,
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

  test('take no message while they follow one another', async () => {
    const { orders, exited, messages, carriesOut } = orderTaker()
    for (let i = 0; i < 1_000; i++) await carriesOut(100, i % 251)
    // a busy machine may hold us up for as long as the thread waits
    expect(messages()).toBeLessThan(500)
    orders.close()
    await exited
  })

  test('end where the thread is in its event loop', async () => {
    const { orders, exited } = orderTaker()
    orders.close()
    expect(await exited).toEqual([0])
  })

  test('the thread can be ended while it sleeps', async () => {
    const shared = sharedMemory()
    const worker = new Worker(new URL('./testdata/order-taker.ts', import.meta.url), { workerData: shared })
    const orders = new OrdersGiven(shared, (message, moved) => worker.postMessage(message, moved))
    const answered = once(worker, 'message')
    orders.give({ memory: new ArrayBuffer(16), length: 16 })
    await answered
    expect(await worker.terminate()).toBe(1)
  })
})
