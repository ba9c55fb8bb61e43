/** What a reader of archives asks for; see {@link ByteSource} for each. */
export type ByteReader = Pick<ByteSource, 'take' | 'need' | 'some' | 'skip'>

/** Exact numbers of bytes out of a stream of chunks of any size. Holds one chunk at a time. */
export class ByteSource {
  readonly #chunks: AsyncIterator<Uint8Array>
  #current: Buffer = Buffer.alloc(0)

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]()
  }

  /** The next `n` bytes; `undefined` when the stream ends before the first of them, an error when it ends in between. */
  async take(n: number): Promise<Buffer | undefined> {
    if (this.#current.length >= n) return this.#cut(n)
    const parts: Buffer[] = []
    let missing = n
    while (missing > 0) {
      if (this.#current.length === 0 && !(await this.#fill())) {
        if (missing === n) return undefined
        throw new Error('unexpected EOF')
      }
      const part = this.#cut(Math.min(missing, this.#current.length))
      parts.push(part)
      missing -= part.length
    }
    return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts)
  }

  /** As {@link take}, but the end of the stream is an error. */
  async need(n: number): Promise<Buffer> {
    const bytes = await this.take(n)
    if (bytes === undefined && n > 0) throw new Error('unexpected EOF')
    return bytes ?? Buffer.alloc(0)
  }

  /** The next part, at most `n` bytes, without copying. */
  async some(n: number): Promise<Buffer> {
    if (this.#current.length === 0 && !(await this.#fill())) throw new Error('unexpected EOF')
    return this.#cut(Math.min(n, this.#current.length))
  }

  async skip(n: number): Promise<void> {
    while (n > 0) n -= (await this.some(n)).length
  }

  /** Reads on until the stream ends. */
  async drain(): Promise<void> {
    this.#current = Buffer.alloc(0)
    while (await this.#fill());
  }

  #cut(n: number): Buffer {
    const part = this.#current.subarray(0, n)
    this.#current = this.#current.subarray(n)
    return part
  }

  async #fill(): Promise<boolean> {
    for (;;) {
      const next = await this.#chunks.next()
      if (next.done) return false
      if (next.value.length === 0) continue
      this.#current = Buffer.from(next.value.buffer, next.value.byteOffset, next.value.length)
      return true
    }
  }
}
