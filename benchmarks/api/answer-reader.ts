import { ChunkedBody } from './chunked-body.ts'
import { HeaderFinder } from './header-finder.ts'

const cr = 13
const lf = 10
const space = 32
const zero = 48
const nine = 57
/** Where the status stands in `HTTP/1.1 200 OK`. */
const statusAt = 9

// of all connections: what one has found, the others find
const contentLength = new HeaderFinder('content-length')
const transferEncoding = new HeaderFinder('transfer-encoding')

/**
 * Reads the answers of one connection, one after the other: the status of each, and where it ends. It looks at bytes, and makes nothing of them: texts and objects for
 * each answer would cost as much as the answer's way through TLS.
 */
export class AnswerReader {
  /** Of the present answer, as soon as its head is read. */
  status = 0
  /** Of its body, as sent, so many have come. */
  bytes = 0
  /** Where the body begins in the bytes that were read last. */
  bodyAt = 0
  /** The beginning of a head that came in pieces. */
  #begun: Buffer | undefined
  #inBody = false
  /** Bytes of the body, unless it comes in chunks. */
  #length = 0
  #chunks: ChunkedBody | undefined

  /** An answer has begun, and is not at its end. */
  get within(): boolean {
    return this.#inBody || this.#begun !== undefined
  }

  /** Whether the answer ends with these bytes. Bytes behind its end are an error: nobody has asked for them. */
  read(memory: Buffer, length: number): boolean {
    this.bodyAt = this.#inBody ? 0 : this.#readHead(memory, length)
    if (!this.#inBody) return false
    this.bytes += length - this.bodyAt
    const ended = this.#chunks === undefined ? this.#isWhole() : this.#chunksEnd(this.#chunks, memory, length)
    if (ended) this.#inBody = false
    return ended
  }

  #isWhole(): boolean {
    if (this.bytes > this.#length) throw tooMuch()
    return this.bytes === this.#length
  }

  #chunksEnd(chunks: ChunkedBody, memory: Buffer, length: number): boolean {
    const end = chunks.read(memory, this.bodyAt, length)
    if (end !== -1 && end < length) throw tooMuch()
    return end === length
  }

  /** The index behind the head; as many as there are, when the head is not at its end. */
  #readHead(memory: Buffer, length: number): number {
    const before = this.#begun
    if (before === undefined) {
      const end = endOfHead(memory, length)
      if (end === -1) this.#begun = Buffer.from(memory.subarray(0, length))
      else this.#takeHead(memory, end)
      return end === -1 ? length : end
    }
    const all = Buffer.concat([before, memory.subarray(0, length)])
    const end = endOfHead(all, all.length)
    this.#begun = end === -1 ? all : undefined
    if (end !== -1) this.#takeHead(all, end)
    return end === -1 ? length : end - before.length
  }

  #takeHead(bytes: Buffer, end: number): void {
    this.status = number(bytes, statusAt)
    this.bytes = 0
    this.#inBody = true
    const lengthAt = contentLength.find(bytes, end)
    if (lengthAt !== -1) {
      this.#length = number(bytes, lengthAt)
      this.#chunks = undefined
    } else if (this.#isChunked(bytes, end)) this.#chunks = new ChunkedBody()
    else throw new Error(`an answer of ${this.status} does not tell where it ends`)
  }

  #isChunked(bytes: Buffer, end: number): boolean {
    const at = transferEncoding.find(bytes, end)
    return at !== -1 && /^ *chunked *\r/i.test(bytes.toString('latin1', at, end))
  }
}

/** The index behind the empty line; -1: it has not come. */
function endOfHead(bytes: Buffer, length: number): number {
  for (let at = 3; at < length; ) {
    const byte = bytes[at] as number
    // of four bytes in a row one would be seen
    if (byte > cr) at += 4
    else if (byte === lf && bytes[at - 1] === cr && bytes[at - 2] === lf && bytes[at - 3] === cr) return at + 1
    else at++
  }
  return -1
}

/** The digits that follow, spaces before them or not. */
function number(bytes: Buffer, from: number): number {
  let at = from
  while (bytes[at] === space) at++
  let value = 0
  for (let byte = bytes[at] as number; byte >= zero && byte <= nine; byte = bytes[++at] as number)
    value = value * 10 + byte - zero
  return value
}

const tooMuch = () => new Error('more than the answer came')
