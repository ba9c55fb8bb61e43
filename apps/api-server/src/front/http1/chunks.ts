import { BadRequest } from './head.ts'

/** Of a line that says how long a chunk is, with its extensions. */
const mostOfALine = 4 * 1024
/** Of all trailers together, which nobody reads. */
const mostOfTrailers = 64 * 1024
const size = /^([\dA-Fa-f]{1,12})[ \t]*(?:;[\t\x20-\x7e\x80-\xff]*)?$/
const trailer = /^[!#$%&'*+\-.^_`|~\dA-Za-z]+:[\t\x20-\x7e\x80-\xff]*$/
const cr = 0x0d
const lf = 0x0a

/** Reads a chunked body (RFC 9112, 7.1), in whichever pieces it comes. */
export class Chunks {
  /** Bytes of the present chunk that are still to come. */
  #left = 0
  /** What a line ends with stands behind the bytes of each chunk. */
  #state: 'size' | 'bytes' | 'after' | 'trailers' | 'over' = 'size'
  #line = ''
  #trailers = 0

  get over(): boolean {
    return this.#state === 'over'
  }

  /**
   * Gives the bytes of the body in `input` to `onBytes`, and says where it has read to: its end, unless the body is {@link over} before.
   *
   * @throws {@link BadRequest}
   */
  read(input: Buffer, onBytes: (bytes: Buffer) => void): number {
    let at = 0
    while (at < input.length && this.#state !== 'over') {
      if (this.#state === 'bytes') {
        const bytes = input.subarray(at, at + this.#left)
        this.#left -= bytes.length
        at += bytes.length
        onBytes(bytes)
        if (this.#left === 0) this.#state = 'after'
      } else at = this.#readLine(input, at)
    }
    return at
  }

  #readLine(input: Buffer, from: number): number {
    const end = input.indexOf(lf, from)
    const stop = end === -1 ? input.length : end
    const most = this.#state === 'after' ? 1 : mostOfALine
    if (this.#line.length + stop - from > most + 1) throw new BadRequest(400, 'malformed chunked encoding')
    this.#line += input.toString('latin1', from, stop)
    if (end === -1) return stop
    const line = this.#line
    this.#line = ''
    if (line.charCodeAt(line.length - 1) !== cr) throw new BadRequest(400, 'malformed chunked encoding')
    this.#take(line.slice(0, -1))
    return end + 1
  }

  #take(line: string): void {
    if (this.#state === 'size') {
      const [, digits] = size.exec(line) ?? []
      if (digits === undefined) throw new BadRequest(400, 'malformed chunked encoding')
      this.#left = Number.parseInt(digits, 16)
      this.#state = this.#left === 0 ? 'trailers' : 'bytes'
    } else if (this.#state === 'after') {
      if (line !== '') throw new BadRequest(400, 'malformed chunked encoding')
      this.#state = 'size'
    } else if (line === '') this.#state = 'over'
    else {
      this.#trailers += line.length
      if (this.#trailers > mostOfTrailers || !trailer.test(line)) throw new BadRequest(400, 'malformed trailers')
    }
  }
}
