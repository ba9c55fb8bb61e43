import type { BodyWriter } from '../front/exchange.ts'
import type { TextSink } from './text-sink.ts'

export const chunkSize = 64 * 1024
/** Chunks kept for the next list; more are given back to the collector. 64 × 64 KB = 4 MB. */
const maxPooled = 64

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
  #used = 0
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
    if (text.length <= shortText && this.#used + shortText <= chunkSize && this.#short(text)) return
    // utf-8 takes at most three bytes for a UTF-16 unit
    if (text.length * 3 <= chunkSize - this.#used) this.#used += this.#chunk.write(text, this.#used)
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
    if (this.#used === chunkSize) this.#flush()
    return true
  }

  bytes(source: Uint8Array, from: number, to = source.length): void {
    let at = from
    while (at < to) {
      const length = Math.min(to - at, chunkSize - this.#used)
      // a copy without a view of the part, which costs as much as the copy
      copy.call(source, this.#chunk, this.#used, at, at + length)
      this.#used += length
      at += length
      if (this.#used === chunkSize) this.#flush()
    }
  }

  /** Bytes that nobody changes any more, of which there are many: whole chunks of them are handed on without a copy. */
  async kept(source: Uint8Array): Promise<void> {
    for (let at = 0; at < source.length; at += chunkSize) {
      if (this.closed) return
      const to = Math.min(at + chunkSize, source.length)
      if (to - at < chunkSize / 2) this.bytes(source, at, to)
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
    if (this.#used === 0) return
    const chunk = this.#chunk
    if (!this.#writer.write(chunk.subarray(0, this.#used), () => this.#pool.give(chunk))) this.#full = true
    this.#chunk = this.#pool.take()
    this.#used = 0
  }
}
