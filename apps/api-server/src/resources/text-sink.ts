/** Takes a text piece by piece: an answer's body, or memory. */
export interface TextSink {
  text(text: string): void
  bytes(source: Uint8Array, from: number, to?: number): void
}

const { copy } = Buffer.prototype

/** A text put together in memory. */
export class TextBuffer implements TextSink {
  #buffer: Buffer
  #used = 0

  constructor(expectedBytes: number) {
    this.#buffer = Buffer.allocUnsafeSlow(expectedBytes)
  }

  get length(): number {
    return this.#used
  }

  get written(): Buffer {
    return this.#buffer.subarray(0, this.#used)
  }

  text(text: string): void {
    // utf-8 takes at most three bytes for a UTF-16 unit
    this.#reserve(text.length * 3)
    this.#used += this.#buffer.write(text, this.#used)
  }

  bytes(source: Uint8Array, from: number, to = source.length): void {
    this.#reserve(to - from)
    this.#used += copy.call(source, this.#buffer, this.#used, from, to)
  }

  #reserve(bytes: number): void {
    if (this.#used + bytes <= this.#buffer.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#used + bytes, this.#buffer.length * 1.5) | 0)
    larger.set(this.written, 0)
    this.#buffer = larger
  }
}
