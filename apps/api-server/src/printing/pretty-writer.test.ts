import { describe, expect, it } from 'vitest'
import type { BodyWriter } from '../front/exchange.ts'
import { ChunkPool } from '../resources/chunked-body.ts'
import { ListTurns } from '../resources/list-turns.ts'
import { PrettyWriter } from './pretty-writer.ts'

/** A reader that takes so many bytes and then waits until it is told to go on. */
class SlowReader implements BodyWriter {
  readonly parts: Buffer[] = []
  taken = 0
  ended = false
  closed = false
  room: number
  #waiting: (() => void)[] = []

  constructor(room: number) {
    this.room = room
  }

  get buffered(): number {
    return 0
  }

  write(chunk: Uint8Array | string, sent?: () => void): boolean {
    const bytes = Buffer.from(chunk as Uint8Array)
    this.taken += bytes.length
    if (this.parts.length < 100) this.parts.push(Buffer.from(bytes))
    sent?.()
    return this.taken < this.room
  }

  drained(): Promise<void> {
    return new Promise(resolve => (this.closed || this.taken < this.room ? resolve() : this.#waiting.push(resolve)))
  }

  goOn(room: number): void {
    this.room = room
    for (const go of this.#waiting.splice(0)) go()
  }

  leave(): void {
    this.closed = true
    for (const go of this.#waiting.splice(0)) go()
  }

  end(): void {
    this.ended = true
  }
}

const start = (reader: SlowReader) =>
  new PrettyWriter(reader, new ChunkPool(), new ListTurns(), () => expect.unreachable('cut'))
const turn = () => new Promise(resolve => setImmediate(resolve))
async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await turn()
}

/** 200 KB that become 200 MB. */
const depth = 1_000
const deep = Buffer.from(`${'['.repeat(depth)}${'0,'.repeat(100_000)}0${']'.repeat(depth)}`)

describe('a body that is laid out for people', () => {
  it('is written on the way, in whichever pieces it comes', async () => {
    const reader = new SlowReader(Number.POSITIVE_INFINITY)
    const writer = start(reader)
    const value = { a: [1, 'two', {}], b: 'é\u2028' }
    let sent = 0
    for (const byte of Buffer.from(`${JSON.stringify(value)}\n`)) writer.write(Buffer.of(byte), () => sent++)
    writer.end()
    await writer.drained()
    expect(sent).toBe(Buffer.byteLength(JSON.stringify(value)) + 1)
    expect(reader.ended).toBe(true)
    expect(Buffer.concat(reader.parts).toString()).toBe(JSON.stringify(value, null, 2).replace('\u2028', '\\u2028'))
  })

  it('goes on only as fast as it is read', async () => {
    const reader = new SlowReader(1)
    const writer = start(reader)
    let sent = false
    writer.write(deep, () => {
      sent = true
    })
    writer.end()
    await turns(50)
    const held = reader.taken
    // a chunk or two, of 200 MB
    expect(held).toBeLessThan(256 * 1024)
    await turns(50)
    expect(reader.taken).toBe(held)
    expect([sent, reader.ended]).toEqual([false, false])
    expect(writer.buffered).toBe(deep.length)
    reader.goOn(Number.POSITIVE_INFINITY)
    await writer.drained()
    expect([sent, reader.ended]).toEqual([true, true])
    expect(reader.taken).toBeGreaterThan(190_000_000)
  })

  it('leaves turns of the loop to others', async () => {
    const reader = new SlowReader(Number.POSITIVE_INFINITY)
    const writer = start(reader)
    writer.write(deep)
    writer.end()
    let others = 0
    let most = 0
    for (let before = reader.taken; !reader.ended; before = reader.taken) {
      await turn()
      others++
      most = Math.max(most, reader.taken - before)
    }
    expect(others).toBeGreaterThan(5)
    // no turn makes it all, nor a tenth of it
    expect(most).toBeLessThan(reader.taken / 5)
  })

  it('ends with its reader', async () => {
    const reader = new SlowReader(1)
    const writer = start(reader)
    let sent = 0
    writer.write(deep, () => sent++)
    writer.write(deep, () => sent++)
    await turns(10)
    reader.leave()
    await writer.drained()
    expect(writer.closed).toBe(true)
    expect(sent).toBe(2)
    expect(writer.write(deep, () => sent++)).toBe(true)
    expect(sent).toBe(3)
    expect(reader.taken).toBeLessThan(256 * 1024)
  })
})
