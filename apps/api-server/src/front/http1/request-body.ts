import { BodyTooLargeError, ClientGoneError, MalformedBodyError } from '../exchange.ts'
import { Chunks } from './chunks.ts'
import type { BodyLength } from './framing.ts'
import { Unread } from './unread.ts'

interface Reader {
  readonly limit: number
  resolve(body: Buffer): void
  reject(error: Error): void
}

/** The body of a request that has not come whole with its head. */
export class RequestBody {
  readonly #length: BodyLength
  readonly #chunks: Chunks | undefined
  /** In one piece: a buffer for each byte that a client sends by itself would hold a hundred times as much. */
  readonly #bytes: Unread
  #size = 0
  #reader: Reader | undefined
  /** Why there is no more of it. */
  #error: Error | undefined
  /** Of what nobody reads so much is dropped, no more. */
  #dropped: number | undefined

  constructor(length: BodyLength) {
    this.#length = length
    this.#chunks = length === 'chunked' ? new Chunks() : undefined
    this.#bytes = new Unread(length === 'chunked' ? undefined : length)
  }

  /** Undefined: as its chunks will say. */
  get length(): number | undefined {
    return this.#length === 'chunked' ? undefined : this.#length
  }

  get complete(): boolean {
    return this.#chunks === undefined ? this.#size === this.#length : this.#chunks.over
  }

  /** It never will be complete. */
  get failed(): boolean {
    return this.#error !== undefined
  }

  /** Bytes that nobody has asked for yet. */
  get held(): number {
    return this.#reader === undefined && this.#dropped === undefined ? this.#size : 0
  }

  /** Takes what belongs to it, and says how much that is. */
  take(input: Buffer): number {
    if (this.failed) return input.length
    let taken = input.length
    try {
      taken = this.#chunks === undefined ? this.#takeKnown(input) : this.#chunks.read(input, this.#add)
    } catch (error) {
      this.#error = new MalformedBodyError((error as Error).message)
    }
    this.#settle()
    return taken
  }

  #takeKnown(input: Buffer): number {
    const left = (this.#length as number) - this.#size
    const bytes = input.length > left ? input.subarray(0, left) : input
    this.#add(bytes)
    return bytes.length
  }

  readonly #add = (bytes: Buffer): void => {
    this.#size += bytes.length
    if (this.#dropped === undefined) this.#bytes.add(bytes)
    else if (this.#size > this.#dropped) this.#error = new BodyTooLargeError(this.#dropped)
  }

  /**
   * Gathers all of it, if it is no longer than `limit` bytes: what its length says, or its chunks by and by. Of a longer one the answer need not wait for what
   * the client still sends.
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
    const size = this.#length === 'chunked' ? this.#size : this.#length
    if (size > reader.limit) this.#error = new BodyTooLargeError(reader.limit)
    if (this.#error !== undefined) reader.reject(this.#error)
    else if (!this.complete) return
    else reader.resolve(this.#bytes.take(this.#bytes.length))
    this.#bytes.clear()
    this.#reader = undefined
  }

  /** Nobody will read it: up to `most` bytes of it are dropped. False: there are more, or somebody still waits for them. */
  drop(most: number): boolean {
    const size = this.#length === 'chunked' ? this.#size : this.#length
    if (this.#reader !== undefined || this.failed || size > most) return false
    this.#dropped = most
    this.#bytes.clear()
    return true
  }

  /** The client sends no more of it. */
  end(): void {
    if (this.complete) return
    this.#error ??= new MalformedBodyError('unexpected EOF')
    this.#settle()
  }

  /** There is no client any more. */
  gone(): void {
    if (this.complete) return
    this.#error ??= new ClientGoneError()
    this.#settle()
  }
}
