import type { ServerHttp2Stream } from 'node:http2'
import { setImmediate } from 'node:timers/promises'
import { systemClock } from '@kubets/component'
import type { CacheEvent, CacheWatcher, CacheWatchOptions, WatchCache } from '@kubets/storage'
import { describe, expect, it } from 'vitest'
import { EventWriter } from '../front/event-writer.ts'
import { type NativeStream, StreamHandle, type Told, type Way } from '../front/stream-handle.ts'
import { FanOut, type Sending } from './fan-out.ts'
import type { Audience } from './watch-audiences.ts'
import { WatchGroups } from './watch-groups.ts'
import { WatchStream } from './watch-stream.ts'

const newline = 10

/** The client's end of a stream. */
class Client implements NativeStream {
  /** What its lines say, without what fills them. */
  lines: string[] = []
  bytes = 0
  reads = true
  #told: Told[] = []
  writeBuffer(): undefined {}
  take(bytes: Uint8Array, told: Told | undefined): void {
    this.bytes += bytes.length
    for (let at = 0; at < bytes.length; ) {
      const end = bytes.indexOf(newline, at)
      const line = Buffer.from(bytes.subarray(at, Math.min(end, at + 10))).toString('latin1')
      this.lines.push(line.replaceAll('.', ''))
      at = end + 1
    }
    if (told !== undefined) this.#told.push(told)
  }
  /** What it has read is sent. */
  read(): void {
    if (!this.reads) return
    for (const told of this.#told.splice(0)) told.told()
  }
}

const way: Way = {
  write(native, bytes, told) {
    ;(native as Client).take(bytes, told)
    return true
  },
}

/** A cache as far as watchers know it. */
class Cache {
  revision = 1
  /** How often somebody was offered something. */
  offers = 0
  readonly #watchers = new Set<CacheWatchOptions>()

  watch(options: CacheWatchOptions): CacheWatcher {
    const cache = this
    const leave = () => void this.#watchers.delete(options)
    options.signal.addEventListener('abort', leave)
    this.#watchers.add(options)
    return {
      get revision() {
        return cache.revision
      },
      pause: leave,
      goOn: () => void this.#watchers.add(options),
    }
  }

  happens(...sizes: readonly number[]): void {
    const events = sizes.map(size => {
      const object = { modRevision: ++this.revision }
      return { type: 'MODIFIED', revision: this.revision, size, entry: object, previous: object }
    })
    for (const one of this.#watchers) {
      this.offers++
      one.onEvents(events as unknown as CacheEvent[])
    }
  }

  ends(): void {
    for (const one of [...this.#watchers]) one.onEnd(new Error('all is read anew'))
  }
}

/** Frames of all events, or of every second one. */
function audience(of: 'all' | 'even'): Audience {
  const line = (text: string, size = 0) => Buffer.from(`${text}${'.'.repeat(size)}\n`)
  return {
    frames: {
      initial: () => line('i'),
      event: event => {
        const { revision, size } = event as CacheEvent & { size: number }
        if (size < 0) throw new Error('cannot be said')
        return line(`e${revision}`, size)
      },
      as: () => line('as'),
      bookmark: revision => line(`b${revision}`),
      initialEventsEnd: () => line('i'),
      error: () => line('error'),
    },
    matches: of === 'all' ? undefined : ({ modRevision }) => modRevision % 2 === 0,
  }
}

/** Sends when it is told to, one write each time: whatever happens may happen between two writes. */
class Writes implements Pick<FanOut, 'add'> {
  readonly #queue: Sending[] = []
  add(one: Sending): void {
    if (one.queued) return
    one.queued = true
    this.#queue.push(one)
  }
  /** False: nobody waits. */
  next(): boolean {
    const [one] = this.#queue
    if (one === undefined) return false
    if (!one.partly) one.queued = false
    one.send()
    if (!one.partly) this.#queue.splice(this.#queue.indexOf(one), 1)
    return true
  }
}

function connection(writes?: Writes) {
  const cache = new Cache()
  const groups = new WatchGroups(cache as unknown as WatchCache)
  const lane = new FanOut().lane({})
  const fanOut = (writes ?? new FanOut()) as FanOut
  let now = 0
  const failures: unknown[] = []
  const streams: { stream: WatchStream; client: Client; writer: EventWriter; from: number; step: number }[] = []
  const one = (who: Audience) => {
    const client = new Client()
    const native = { once: () => undefined, end: () => undefined } as unknown as ServerHttp2Stream
    const writer = new EventWriter(native, new StreamHandle(client, way))
    const stream = new WatchStream({
      writer,
      cut: () => undefined,
      range: { start: '/', end: '0', field: undefined, after: cache.revision },
      audience: who,
      writes: 'joined',
      bookmarks: true,
      until: 3_600_000,
      clock: { ...systemClock, now: () => now },
      fanOut,
      lane,
      groups,
      onFailure: error => {
        failures.push(error)
        stream.finish(who.frames.error(error as never))
      },
      lastFrame: () => Buffer.from('end\n'),
    })
    stream.follow(cache.watch(stream))
    const made = { stream, client, writer, from: cache.revision, step: who.matches === undefined ? 1 : 2 }
    streams.push(made)
    return made
  }
  const tick = (ms = 1_000) => {
    now += ms
    for (const { stream } of streams) stream.tick(now)
  }
  /** Everybody who reads has what there is. */
  const settled = async () => {
    while (writes?.next()) for (const { client } of streams) client.read()
    for (let quiet = 0; quiet < 3; quiet++) {
      if (streams.some(({ stream }) => stream.queued)) quiet = 0
      for (const { client } of streams) client.read()
      await setImmediate()
    }
  }
  return { cache, one, tick, settled, streams, failures }
}

const events = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => `e${from + i + 1}`)

describe('watchers of one connection who are told the same', () => {
  it('are offered an event once, when they have been watching for a moment', async () => {
    const { cache, one, tick, settled, streams } = connection()
    const all = audience('all')
    for (let i = 0; i < 20; i++) one(all)
    cache.happens(10)
    await settled()
    expect(cache.offers).toBe(20)
    tick()
    for (let i = 0; i < 5; i++) {
      cache.happens(10)
      cache.happens(10, 20)
      await settled()
    }
    expect(cache.offers).toBe(30)
    for (const { client } of streams) expect(client.lines).toEqual(events(1, cache.revision))
  })

  it('are told by themselves where they are few', async () => {
    const { cache, one, tick, settled, streams } = connection()
    const all = audience('all')
    for (let i = 0; i < 3; i++) one(all)
    tick()
    cache.happens(10)
    await settled()
    expect(cache.offers).toBe(3)
    for (const { client } of streams) expect(client.lines).toEqual(['e2'])
  })

  it('count what they are written, and hear when it is sent', async () => {
    const { cache, one, tick, settled, streams } = connection()
    const all = audience('all')
    for (let i = 0; i < 8; i++) one(all)
    tick()
    for (let i = 0; i < 100; i++) {
      cache.happens(5_000)
      await settled()
      for (const { client, writer } of streams) {
        expect(writer.bytesSent).toBe(client.bytes)
        expect(writer.buffered).toBeLessThan(128 * 1024)
      }
    }
    expect(cache.offers).toBe(100)
  })

  it('end in order, whatever they have not been told', async () => {
    const { cache, one, tick, streams } = connection()
    const all = audience('all')
    for (let i = 0; i < 8; i++) one(all)
    tick()
    cache.happens(10, 10)
    cache.ends()
    expect(cache.offers).toBe(1)
    for (const { client, stream } of streams) {
      expect(client.lines).toEqual(['e2', 'e3', 'end'])
      expect(stream.stopped).toBe(true)
    }
  })

  it('are told the rest, whoever leaves in the midst of it', async () => {
    for (let told = 0; told <= 5; told++)
      for (let leaving = 0; leaving < 5; leaving++) {
        const writes = new Writes()
        const { cache, one, tick, settled, streams } = connection(writes)
        const all = audience('all')
        for (let i = 0; i < 5; i++) one(all)
        tick()
        cache.happens(10, 10)
        for (let i = 0; i < told; i++) writes.next()
        cache.happens(10)
        streams[leaving]?.stream.finish(Buffer.from('end\n'))
        await settled()
        cache.happens(10)
        await settled()
        for (const [i, { client, writer }] of streams.entries()) {
          expect(client.lines).toEqual(i === leaving ? ['e2', 'e3', 'e4', 'end'] : events(1, 5))
          expect(writer.bytesSent).toBe(client.bytes)
        }
        expect(cache.offers).toBe(3)
      }
  })

  it('say each by itself what cannot be said', async () => {
    const { cache, one, tick, settled, streams, failures } = connection()
    const all = audience('all')
    for (let i = 0; i < 8; i++) one(all)
    tick()
    cache.happens(10)
    await settled()
    cache.happens(-1)
    await settled()
    expect(failures).toHaveLength(8)
    for (const { client } of streams) expect(client.lines).toEqual(['e2', 'error'])
  })

  it('do not wait for one who reads nothing; it is ended at its bound, with no gap in what it has', async () => {
    const { cache, one, tick, settled, streams } = connection()
    const all = audience('all')
    for (let i = 0; i < 8; i++) one(all)
    const slow = streams[3] as (typeof streams)[0]
    slow.client.reads = false
    tick()
    for (let i = 0; i < 200; i++) {
      cache.happens(100_000)
      await settled()
    }
    for (const other of streams)
      expect(other.client.lines).toEqual(
        other === slow ? events(1, 1 + slow.client.lines.length) : events(1, cache.revision),
      )
    expect([slow.stream.stopped, streams.filter(({ stream }) => stream.stopped).length]).toEqual([true, 1])
    expect(slow.client.bytes).toBeLessThan(8.2 * 2 ** 20)
    // told by itself it was offered what the others were offered together
    expect(cache.offers).toBeLessThan(400)
  })

  it('are told a long burst as fast as each reads', async () => {
    const { cache, one, tick, settled, streams } = connection()
    const all = audience('all')
    for (let i = 0; i < 5; i++) one(all)
    tick()
    cache.happens(...Array.from({ length: 40 }, () => 100_000))
    await setImmediate()
    for (const { writer } of streams) expect(writer.buffered).toBeLessThan(2 * 2 ** 20)
    while (streams.some(({ client }) => client.lines.length < 40)) await settled()
    for (const { client } of streams) expect(client.lines).toEqual(events(1, 41))
  })
})

/** The same sequence for the same seed. */
function random(seed: number): (below: number) => number {
  let state = seed * 2_654_435_761 + 1
  return below => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

it('whatever happens when, each watcher is told every event once, in order, and no bookmark runs ahead', async () => {
  let together = 0
  for (let seed = 1; seed <= 60; seed++) {
    const writes = new Writes()
    const { cache, one, tick, settled, streams } = connection(writes)
    const pick = random(seed)
    const audiences = [audience('all'), audience('even')]
    const any = () => streams[pick(streams.length)] as (typeof streams)[0]
    const ended = new Map<WatchStream, number>()
    for (let i = 0; i < 12; i++) one(audiences[pick(2)] as Audience)
    for (let step = 0; step < 120; step++) {
      const what = pick(20)
      if (what < 7) cache.happens(...Array.from({ length: 1 + pick(3) }, () => pick(4_000)))
      else if (what === 7) cache.happens(30_000 + pick(100_000))
      else if (what < 13) for (let i = pick(12); i >= 0; i--) writes.next()
      else if (what < 15) await settled()
      else if (what === 15) tick()
      // bookmarks are due
      else if (what === 16 && pick(4) === 0) tick(60_000)
      else if (what === 17) one(audiences[pick(2)] as Audience)
      else if (what === 18 && pick(3) === 0) {
        // its client is gone
        any().stream.stop()
      } else if (what === 19 && pick(3) === 0) {
        const { stream, client } = any()
        if (!stream.stopped) {
          stream.finish(Buffer.from('end\n'))
          expect(client.lines.at(-1)).toBe('end')
          ended.set(stream, client.lines.length)
        }
      }
    }
    await settled()
    tick()
    const before = cache.offers
    cache.happens(10)
    await settled()
    together += streams.filter(({ stream }) => !stream.stopped).length - (cache.offers - before)
    for (const { stream, client, writer, from, step } of streams) {
      /** The last of its events up to this revision. */
      const upTo = (revision: number) => revision - (revision % step)
      let last = upTo(from)
      const wrong: string[] = []
      for (const line of client.lines) {
        if (line === 'end') continue
        if (line.startsWith('e')) last += step
        if (upTo(Number(line.slice(1))) !== last) wrong.push(`${line}, not ${last}`)
      }
      expect(wrong, `seed ${seed}`).toEqual([])
      if (ended.has(stream)) expect(client.lines.length, `seed ${seed}`).toBe(ended.get(stream))
      else if (!stream.stopped) expect(last, `seed ${seed}`).toBe(upTo(cache.revision))
      expect(writer.bytesSent, `seed ${seed}`).toBe(client.bytes)
    }
  }
  // most of them were in a group
  expect(together).toBeGreaterThan(300)
})
