import { once } from 'node:events'
import { Duplex } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { TLSSocket } from 'node:tls'
import { describe, expect, it } from 'vitest'
import { Closings } from './closings.ts'

/** What a connection's end costs is done in these two. */
function connections(count: number, done: string[]): Duplex[] {
  const closings = new Closings()
  return Array.from({ length: count }, (_, i) => {
    const stream = new Duplex({
      read: () => undefined,
      write: (_chunk, _encoding, callback) => callback(),
      final(callback) {
        done.push(`final ${i}`)
        callback()
      },
      destroy(error, callback) {
        done.push(`destroy ${i}`)
        callback(error)
      },
    })
    closings.spread(stream as TLSSocket)
    return stream
  })
}

describe('connections that end together', () => {
  it('are taken apart a few a turn, in order, and count as ended before', async () => {
    const done: string[] = []
    const all = connections(1_000, done)
    const closed = Promise.all(all.map(stream => once(stream, 'close')))
    for (const stream of all) stream.destroy()
    expect(all.every(stream => stream.destroyed)).toBe(true)
    expect(done).toEqual(['destroy 0'])
    let most = 0
    while (done.length < all.length) {
      const before = done.length
      await nextTurn()
      most = Math.max(most, done.length - before)
    }
    // two of our turns may lie between two of the loop's as a promise sees them
    expect(most).toBeLessThanOrEqual(64)
    expect(done).toEqual(all.map((_, i) => `destroy ${i}`))
    await closed
  })

  it('close their own side first', async () => {
    const done: string[] = []
    const all = connections(100, done)
    const closed = Promise.all(all.map(stream => once(stream, 'close')))
    for (const stream of all) {
      stream.resume()
      stream.push(null)
      stream.end()
    }
    await closed
    for (let i = 0; i < all.length; i++)
      expect(done.filter(one => one.endsWith(` ${i}`))).toEqual([`final ${i}`, `destroy ${i}`])
  })

  it('say why', async () => {
    const all = connections(50, [])
    const errors = Promise.all(all.map(async stream => ((await once(stream, 'error')) as [Error])[0].message))
    for (const [i, stream] of all.entries()) stream.destroy(new Error(`reset ${i}`))
    expect(await errors).toEqual(all.map((_, i) => `reset ${i}`))
  })
})

it('one that ends alone is not kept waiting', async () => {
  const done: string[] = []
  const [alone] = connections(1, done)
  alone?.destroy()
  expect(done).toEqual(['destroy 0'])
})
