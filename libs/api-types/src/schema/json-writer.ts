const quote = 0x22
const backslash = 0x5c

/** Longer texts are written natively: there the call costs less than the loop. */
const maxLooped = 48

/** What may be written without asking for room: the names and constants between two values. */
export const reserve = 4096

/** Where writing begins; larger memory is let go after the object that needed it. */
const usualSize = 256 * 1024

/**
 * Writes JSON as UTF-8 into memory that all objects share: no text is made of what will be bytes anyway, and nothing is left to collect. Each call
 * gets a position and gives the next one; at most {@link reserve} bytes may be written in between. What was written is valid until the next object.
 */
export class JsonWriter {
  bytes: Buffer<ArrayBufferLike> = Buffer.allocUnsafeSlow(usualSize)
  view: DataView<ArrayBufferLike> = new DataView(this.bytes.buffer)
  /** Behind it there is room for constants only. */
  limit = usualSize - reserve

  /** Makes room for `more` bytes and the constants behind them. */
  grow(at: number, more = 0): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(this.bytes.length * 2, at + more + 2 * reserve))
    this.bytes.copy(larger, 0, 0, at)
    this.#use(larger)
  }

  /** A string, as `JSON.stringify` writes it. Most are short, and nothing in them is to be escaped. */
  text(at: number, value: unknown): number {
    if (typeof value !== 'string' || value.length > maxLooped) return this.raw(at, JSON.stringify(value))
    if (at > this.limit) this.grow(at)
    const { bytes } = this
    const { length } = value
    const begin = at + 1
    for (let i = 0; i < length; i++) {
      const unit = value.charCodeAt(i)
      if (unit < 0x20 || unit > 0x7e || unit === quote || unit === backslash) return this.raw(at, JSON.stringify(value))
      bytes[begin + i] = unit
    }
    bytes[at] = quote
    bytes[begin + length] = quote
    return begin + length + 1
  }

  /** JSON that is text already. */
  raw(at: number, json: string): number {
    const { length } = json
    if (length <= maxLooped) {
      if (at > this.limit) this.grow(at)
      const { bytes } = this
      let i = 0
      for (; i < length; i++) {
        const unit = json.charCodeAt(i)
        if (unit > 0x7f) break
        bytes[at + i] = unit
      }
      if (i === length) return at + length
    }
    // no character has more than three bytes
    if (at + length * 3 > this.limit) this.grow(at, length * 3)
    return at + this.bytes.write(json, at, 'utf8')
  }

  /** JSON that is bytes already. */
  copy(at: number, json: Uint8Array): number {
    if (at + json.length > this.limit) this.grow(at, json.length)
    this.bytes.set(json, at)
    return at + json.length
  }

  /** What was written up to `end`. Valid until the next object is written. */
  written(end: number): Uint8Array {
    const written = this.bytes.subarray(0, end)
    if (this.bytes.length > usualSize) this.#use(Buffer.allocUnsafeSlow(usualSize))
    return written
  }

  #use(bytes: Buffer<ArrayBufferLike>): void {
    this.bytes = bytes
    this.view = new DataView(bytes.buffer)
    this.limit = bytes.length - reserve
  }
}
