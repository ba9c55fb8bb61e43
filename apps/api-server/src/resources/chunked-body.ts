import { type BodyWriter, frameRoom } from '../front/exchange.ts'
import type { TextSink } from './text-sink.ts'

export const chunkSize = 64 * 1024
/** Chunks kept for the next list; more are given back to the collector. 64 × 64 KB = 4 MB. */
const maxPooled = 64

/** What is written of a chunk lies in between. */
const first = frameRoom
const end = chunkSize - frameRoom

const { copy } = Buffer.prototype

const shortText = 48

/** Chunks that lists take turns in using. */
export class ChunkPool {
  readonly #free: Buffer[] = []
  take(): Buffer {
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(chunkSize)
  }
  give(chunk: Buffer): void {
    if (this.#free.length < maxPooled) this.#free.push(chunk)
  }
}

/** Nobody waits for these bytes; but whoever is told when they are sent is written to without a copy. */
const stays = () => undefined

/**
 * Fills 64 KB chunks and hands them to the writer; a chunk comes back when the socket has sent it. Once the writer says
 * that the reader is slow, {@link mustWait} is true: a list that nobody reads holds two or three chunks, whatever its size.
 */
export class ChunkedBody implements TextSink {
  readonly #writer: BodyWriter
  readonly #pool: ChunkPool
  #chunk: Buffer
  #used = first
  #full = false

  constructor(writer: BodyWriter, pool: ChunkPool) {
    this.#writer = writer
    this.#pool = pool
    this.#chunk = pool.take()
  }

  get closed(): boolean {
    return this.#writer.closed
  }

  /** The reader is slow: await {@link drained} before going on. */
  get mustWait(): boolean {
    return this.#full
  }

  text(text: string): void {
    if (text.length <= shortText && this.#used + shortText <= end && this.#short(text)) return
    // utf-8 takes at most three bytes for a UTF-16 unit
    if (text.length * 3 <= end - this.#used) this.#used += this.#chunk.write(text, this.#used)
    else this.bytes(Buffer.from(text), 0)
  }

  /** Short texts are faster written here than by a call. False for what is not ASCII. */
  #short(text: string): boolean {
    const chunk = this.#chunk
    const { length } = text
    const used = this.#used
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i)
      if (code > 0x7f) return false
      chunk[used + i] = code
    }
    this.#used = used + length
    if (this.#used === end) this.#flush()
    return true
  }

  bytes(source: Uint8Array, from: number, to = source.length): void {
    let at = from
    while (at < to) {
      const length = Math.min(to - at, end - this.#used)
      // a copy without a view of the part, which costs as much as the copy
      copy.call(source, this.#chunk, this.#used, at, at + length)
      this.#used += length
      at += length
      if (this.#used === end) this.#flush()
    }
  }

  /** Bytes that nobody changes any more, of which there are many: whole chunks of them are handed on without a copy. */
  async kept(source: Uint8Array): Promise<void> {
    for (let at = 0; at < source.length; at += chunkSize) {
      if (this.closed) return
      const to = Math.min(at + chunkSize, source.length)
      // a copy into a chunk that can be framed is cheaper than the one that TLS would make
      if (to - at < chunkSize / 2 || this.#writer.writeFramed !== undefined) this.bytes(source, at, to)
      else {
        this.#flush()
        if (!this.#writer.write(source.subarray(at, to), stays)) this.#full = true
      }
      if (this.#full) await this.drained()
    }
  }

  async drained(): Promise<void> {
    await this.#writer.drained()
    this.#full = false
  }

  async end(): Promise<void> {
    this.#flush()
    if (this.#full) await this.drained()
    this.#writer.end()
  }

  #flush(): void {
    const used = this.#used
    if (used === first) return
    const chunk = this.#chunk
    const writer = this.#writer
    const sent = () => this.#pool.give(chunk)
    const room =
      writer.writeFramed === undefined
        ? writer.write(chunk.subarray(first, used), sent)
        : writer.writeFramed(chunk, first, used, sent)
    if (!room) this.#full = true
    this.#chunk = this.#pool.take()
    this.#used = first
  }
}
