import { setImmediate } from 'node:timers/promises'
import { systemClock } from '@kubets/component'
import type { CacheEvent } from '@kubets/storage'
import { describe, expect, it } from 'vitest'
import type { BodyWriter } from '../front/exchange.ts'
import { FanOut, type Sending } from './fan-out.ts'
import type { Frames } from './watch-frames.ts'
import { WatchStream } from './watch-stream.ts'

const megabyte = 2 ** 20

/** A client that reads nothing until it is told. */
class StalledWriter implements BodyWriter {
  sent: Uint8Array[] = []
  closed = false
  unread = 0
  write(chunk: Uint8Array): boolean {
    this.sent.push(chunk)
    this.unread += chunk.length
    return false
  }
  #room = Promise.withResolvers<void>()
  drained = () => this.#room.promise
  read() {
    this.unread = 0
    this.#room.resolve()
    this.#room = Promise.withResolvers<void>()
  }
  get buffered() {
    return this.unread
  }
  end() {
    this.closed = true
    this.#room.resolve()
  }
}

function stalled(frameBytes: number, fanOut: Pick<FanOut, 'add'> = new FanOut()) {
  const writer = new StalledWriter()
  let now = 0
  let cut = 0
  const frame = new Uint8Array(frameBytes)
  const frames: Frames = {
    initial: () => frame,
    event: () => frame,
    as: () => frame,
    bookmark: () => new Uint8Array(10).fill(1),
    initialEventsEnd: () => frame,
    error: () => frame,
  }
  const stream = new WatchStream({
    writer,
    cut: () => cut++,
    range: { start: '/', end: '0', field: undefined, after: 0 },
    audience: { frames, matches: undefined },
    writes: 'joined',
    bookmarks: true,
    until: 3_600_000,
    clock: { ...systemClock, now: () => now },
    fanOut: fanOut as FanOut,
    lane: new FanOut().lane(),
    groups: undefined,
    onFailure: error => {
      throw error
    },
    lastFrame: () => frame,
  })
  const at = (time: number) => {
    now = time
    stream.tick(now)
  }
  return { writer, stream, cut: () => cut, at }
}

const event = (revision: number) => ({ revision, entry: { bytes: new Uint8Array(megabyte) } }) as unknown as CacheEvent
const reached = (revision: number) => ({ revision, pause: () => undefined, goOn: () => undefined })
const events = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => event(from + i))

/** One event, in a turn of its own. */
async function told(stream: WatchStream, revision: number): Promise<void> {
  stream.onEvents([event(revision)])
  await setImmediate()
}

describe('a watcher that does not read', () => {
  it('is sent no more than 8 MiB, and its watch ends in order behind that', async () => {
    const { writer, stream, cut } = stalled(megabyte)
    for (let i = 1; i <= 20; i++) await told(stream, i)
    expect([writer.sent.length, writer.closed, stream.stopped, cut()]).toEqual([8, true, true, 0])
  })

  it('catches up on whatever it missed, as fast as it reads', async () => {
    const { writer, stream, at } = stalled(megabyte)
    stream.follow(reached(30))
    stream.onEvents(events(1, 20))
    stream.onEvents(events(21, 22))
    // a bookmark would tell it that it has seen all
    at(61_000)
    for (let i = 0; i < 40; i++) {
      expect(writer.unread).toBeLessThanOrEqual(2 * megabyte)
      writer.read()
      await setImmediate()
    }
    expect(writer.sent.reduce((sum, one) => sum + one.length, 0)).toBe(22 * megabyte)
    expect(stream.stopped).toBe(false)
    at(122_000)
    await setImmediate()
    expect(writer.sent.at(-1)).toHaveLength(10)
  })

  it('is ended when more than 8 MiB happen while it catches up', async () => {
    const { writer, stream } = stalled(megabyte)
    stream.onEvents(events(1, 20))
    await setImmediate()
    for (let i = 21; i < 40; i++) stream.onEvents([event(i)])
    expect([stream.stopped, writer.closed]).toEqual([true, true])
  })

  it('is told of no revision beyond what it was sent', async () => {
    const { writer, stream, at } = stalled(megabyte)
    for (let i = 1; i <= 9; i++) await told(stream, i)
    at(61_000)
    expect(writer.sent).toHaveLength(8)
  })

  it('is broken off when it does not read that either', async () => {
    const { stream, cut, at } = stalled(megabyte)
    for (let i = 1; i <= 9; i++) await told(stream, i)
    at(29_000)
    expect(cut()).toBe(0)
    at(31_000)
    expect(cut()).toBeGreaterThan(0)
  })

  it('goes on when it reads in time', async () => {
    const { writer, stream } = stalled(megabyte)
    for (let i = 1; i <= 20; i++) {
      await told(stream, i)
      writer.read()
    }
    expect([writer.sent.length, stream.stopped]).toEqual([20, false])
  })
})

it('a bookmark is written with the events that it speaks of, behind them, when their turn comes', () => {
  const queued: Sending[] = []
  const { writer, stream, at } = stalled(1_000, { add: one => queued.push(one) })
  stream.follow(reached(7))
  stream.onEvents([event(6)])
  stream.onEvents([event(7)])
  at(61_000)
  expect(writer.sent).toEqual([])
  for (const one of queued) one.send()
  expect(writer.sent.map(chunk => chunk.length)).toEqual([2_010])
  expect([...(writer.sent[0] ?? [])].slice(-10)).toEqual(Array.from({ length: 10 }, () => 1))
})
