import { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { AcceptQueue, type AcceptQueueOptions } from './accept-queue.ts'

let ports = 0

class Client extends EventEmitter {
  readonly remoteAddress = '192.0.2.1'
  readonly remotePort = ++ports
  destroyed = false
  reset = false
  resetAndDestroy() {
    this.reset = true
    this.leave()
  }
  leave() {
    this.destroyed = true
    this.emit('close')
  }
}

function queueOf(options: Partial<AcceptQueueOptions> = {}) {
  const begun: Client[] = []
  const queue = new AcceptQueue({
    begin: socket => begun.push(socket as unknown as Client),
    timeout: 1_000,
    ...options,
  })
  const come = (count: number) =>
    Array.from({ length: count }, () => {
      const client = new Client()
      queue.push(client as unknown as Socket)
      return client
    })
  return { queue, begun, come }
}

/** Until it holds. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await setTimeout(1)
}

it('begins one handshake at once when nobody waits', () => {
  const { begun, come } = queueOf()
  expect(come(1)).toEqual(begun)
})

it('has no more than eight handshakes under way, and begins the next as they end', async () => {
  // time stands still: nobody is late
  const { queue, begun, come } = queueOf({ now: () => 0 })
  const clients = come(300)
  let over = 0
  while (over < clients.length) {
    await until(() => begun.length === Math.min(over + 8, clients.length))
    await setTimeout(0)
    expect(begun.length).toBeLessThanOrEqual(over + 8)
    // one fails, the others end well
    for (const client of begun.slice(over)) {
      if (over % 3 === 0) client.leave()
      else queue.over(client)
      over++
    }
  }
  expect(begun).toEqual(clients)
})

it('does not wait for clients that say nothing', async () => {
  let now = 0
  const { begun, come } = queueOf({ now: () => now })
  const clients = come(20)
  await until(() => begun.length === 8)
  now = 13
  await until(() => begun.length === 16)
  now = 26
  await until(() => begun.length === clients.length)
})

it('waits longer where all are slow', async () => {
  let now = 0
  const { queue, begun, come } = queueOf({ now: () => now })
  come(400)
  let answered = 0
  // all need 20 ms
  for (let round = 0; round < 20; round++) {
    await until(() => begun.length >= answered + 8)
    now += 20
    for (const client of begun.slice(answered)) {
      answered++
      queue.over(client)
    }
  }
  await until(() => begun.length === answered + 8)
  now += 40
  for (let turn = 0; turn < 10; turn++) await setTimeout(0)
  expect(begun.length).toBe(answered + 8)
  now += 30
  await until(() => begun.length === answered + 16)
})

it('passes over clients that went away while they waited, and resets those that have waited too long', async () => {
  let now = 0
  const { begun, come } = queueOf({ now: () => now })
  come(8)
  await until(() => begun.length === 8)
  const [gone, late] = come(2) as [Client, Client]
  gone.leave()
  now = 1_100
  const [last] = come(1) as [Client]
  await until(() => begun.length === 9)
  expect([begun.at(-1) === last, late.reset, last.reset]).toEqual([true, true, false])
})

it('resets those for whom there is no room', () => {
  const { come } = queueOf({ mostWaiting: 5 })
  const clients = come(10)
  expect(clients.map(one => one.reset)).toEqual([0, 0, 0, 0, 0, 0, 1, 1, 1, 1].map(Boolean))
})
