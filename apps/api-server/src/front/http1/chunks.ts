/** Of a line that says how long a chunk is, with its extensions. */
const mostOfALine = 4 * 1024
/** Of all lines that say so, beyond sixteen bytes each and the data itself: whoever sends more of them than data is after something else. Go's figure. */
const mostExcess = 16 * 1024
/** Of all trailers together, which nobody reads. */
const mostOfTrailers = 64 * 1024
const size = /^([\dA-Fa-f]{1,16})(?:;[\t -~\x80-\xff]*)?$/
const trailer = /^[!#$%&'*+\-.^_`|~\dA-Za-z]+:[\t -~\x80-\xff]*$/
const cr = 0x0d
const lf = 0x0a

/** A chunked body (RFC 9112, 7.1), in whichever pieces it comes. */
export class Chunks {
  /** Bytes of the present chunk that are still to come. */
  #left = 0
  /** What comes next. An empty line stands behind the bytes of each chunk. */
  #state: 'size' | 'bytes' | 'after' | 'trailers' | 'over' = 'size'
  #line = ''
  #trailers = 0
  #excess = 0

  get over(): boolean {
    return this.#state === 'over'
  }

  /**
   * Gives the bytes of the body in `input` to `onBytes`, and says where it has read to: its end, unless the body is {@link over} before.
   *
   * @throws Error for what is no chunked body.
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
    // with its CR
    const most = this.#state === 'after' ? 1 : mostOfALine + 1
    if (this.#line.length + stop - from > most) throw new Error('malformed chunked encoding')
    this.#line += input.toString('latin1', from, stop)
    if (end === -1) return stop
    const line = this.#line
    this.#line = ''
    if (line.charCodeAt(line.length - 1) !== cr) throw new Error('malformed chunked encoding')
    this.#take(line.slice(0, -1))
    return end + 1
  }

  #take(line: string): void {
    if (this.#state === 'size') this.#begin(line)
    else if (this.#state === 'after') {
      if (line !== '') throw new Error('malformed chunked encoding')
      this.#state = 'size'
    } else if (line === '') this.#state = 'over'
    else {
      this.#trailers += line.length + 2
      if (this.#trailers > mostOfTrailers) throw new Error('http: suspiciously long trailer after chunked body')
      if (!trailer.test(line)) throw new Error('malformed trailer')
    }
  }

  #begin(line: string): void {
    const [, digits] = size.exec(line) ?? []
    const length = Number.parseInt(digits ?? '', 16)
    if (!Number.isSafeInteger(length)) throw new Error('invalid byte in chunk length')
    this.#excess = Math.max(0, this.#excess + line.length + 2 - 16 - 2 * length)
    if (this.#excess > mostExcess) throw new Error('chunked encoding contains too much non-data')
    this.#left = length
    this.#state = length === 0 ? 'trailers' : 'bytes'
  }
}
