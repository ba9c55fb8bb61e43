import { BodyTooLargeError, ClientGoneError } from '../exchange.ts'
import { Chunks } from './chunks.ts'
import type { BodyLength } from './framing.ts'

interface Reader {
  readonly limit: number
  resolve(body: Buffer): void
  reject(error: Error): void
}

/** The body of a request that has not come whole with its head. */
export class RequestBody {
  readonly #length: BodyLength
  readonly #chunks: Chunks | undefined
  /** Of a body whose length is known: what is still to come. */
  #left: number
  #parts: Buffer[] = []
  #size = 0
  #reader: Reader | undefined
  #gone = false

  constructor(length: BodyLength) {
    this.#length = length
    this.#chunks = length === 'chunked' ? new Chunks() : undefined
    this.#left = length === 'chunked' ? 0 : length
  }

  /** NaN: as its chunks say. */
  get length(): number {
    return this.#length === 'chunked' ? Number.NaN : this.#length
  }

  get complete(): boolean {
    return this.#chunks === undefined ? this.#left === 0 : this.#chunks.over
  }

  /** Bytes that nobody has asked for yet. */
  get held(): number {
    return this.#reader === undefined ? this.#size : 0
  }

  /**
   * Takes what belongs to it, and says how much that is.
   *
   * @throws `BadRequest` for chunks that are none.
   */
  take(input: Buffer): number {
    const taken = this.#chunks === undefined ? this.#takeKnown(input) : this.#chunks.read(input, this.#add)
    this.#settle()
    return taken
  }

  #takeKnown(input: Buffer): number {
    const bytes = input.length > this.#left ? input.subarray(0, this.#left) : input
    this.#left -= bytes.length
    this.#add(bytes)
    return bytes.length
  }

  readonly #add = (bytes: Buffer): void => {
    this.#size += bytes.length
    const reader = this.#reader
    if (reader === undefined || this.#size <= reader.limit) this.#parts.push(bytes)
    else this.#parts = []
  }

  /**
   * Gathers all of it, if it is no longer than `limit` bytes. Of a longer one the rest is read and dropped, up to the limit once more: a client that is still
   * sending when the connection ends sees a broken connection instead of our answer.
   */
  read(limit: number): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      this.#reader = { limit, resolve, reject }
      this.#settle()
    })
  }

  #settle(): void {
    const reader = this.#reader
    if (reader === undefined) return
    const { limit } = reader
    const size = this.#length === 'chunked' ? this.#size : this.#length
    // what it says of its length, or has shown by now
    if (size > 2 * limit) reader.reject(new BodyTooLargeError(limit))
    else if (this.#gone) reader.reject(new ClientGoneError())
    else if (!this.complete) return
    else if (size > limit) reader.reject(new BodyTooLargeError(limit))
    else reader.resolve(this.#parts.length === 1 ? (this.#parts[0] as Buffer) : Buffer.concat(this.#parts, this.#size))
    this.#parts = []
    this.#reader = undefined
  }

  /** Nothing more comes of it. */
  gone(): void {
    if (this.complete) return
    this.#gone = true
    this.#settle()
  }
}
