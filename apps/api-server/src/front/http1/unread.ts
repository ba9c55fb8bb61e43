const nothing = Buffer.alloc(0)

/** Bytes that have come over a connection and that nobody has taken yet. */
export class Unread {
  /** As one: what is taken and looked at lies in one piece nearly always. */
  #bytes: Buffer = nothing
  /** Room of our own behind {@link #bytes}, once something had to be put together: it grows twofold, so that a head in pieces of one byte costs no more than its length. */
  #room: Buffer | undefined
  readonly #most: number

  /** `most`: more of them never come. */
  constructor(most = Number.POSITIVE_INFINITY) {
    this.#most = most
  }

  get length(): number {
    return this.#bytes.length
  }

  /** Whoever keeps them keeps a copy, unless they take them, too. */
  get bytes(): Buffer {
    return this.#bytes
  }

  add(chunk: Buffer): void {
    const before = this.#bytes
    if (before.length === 0) {
      this.#bytes = chunk
      this.#room = undefined
      return
    }
    const length = before.length + chunk.length
    const end = this.#room === undefined ? 0 : before.byteOffset - this.#room.byteOffset + before.length
    if (this.#room === undefined || end + chunk.length > this.#room.length) {
      const room = Buffer.allocUnsafeSlow(Math.min(2 * length, this.#most))
      room.set(before, 0)
      room.set(chunk, before.length)
      this.#room = room
      this.#bytes = room.subarray(0, length)
      return
    }
    const start = end - before.length
    this.#room.set(chunk, end)
    this.#bytes = this.#room.subarray(start, start + length)
  }

  /** The first ones, which are the caller's from now on. */
  take(count: number): Buffer {
    const all = this.#bytes
    if (count === all.length) {
      this.clear()
      return all
    }
    this.#bytes = all.subarray(count)
    return all.subarray(0, count)
  }

  clear(): void {
    this.#bytes = nothing
    this.#room = undefined
  }
}
