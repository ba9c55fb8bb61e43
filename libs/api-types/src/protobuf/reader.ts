/** Bytes that are not what they should be. The message is Go's. */
export class ProtobufError extends Error {
  override readonly name = 'ProtobufError'
}

const truncated = () => new ProtobufError('unexpected EOF')
/** Longer texts are rarely the same twice, and to compare them costs more than to make one. */
const maxKnown = 32
const hashShift = 22
const knownTexts = 2 ** (32 - hashShift)
/** Texts of ASCII that were read, each where its bytes say, */
const texts: string[] = Array.from({ length: knownTexts }, () => '')
/** their lengths, */
const lengths = new Uint8Array(knownTexts)
/** and their bytes: cheaper to compare than characters, which are asked for one by one. */
const contents = new Uint8Array(knownTexts * maxKnown)
/** Unknown groups inside unknown groups; deeper ones are refused. */
const maxGroupDepth = 64

/**
 * Reads protobuf's wire format. {@link limit} is the end of the message being read: nothing inside it reaches beyond it, so
 * no length that bytes claim leads to an allocation larger than the bytes themselves.
 */
export class Reader {
  readonly #bytes: Buffer
  /** Where the next byte is read. */
  pos = 0
  limit: number
  /** Something was read that the schema's check has to judge. */
  doubtful = false
  #low = 0
  #high = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.limit = bytes.byteLength
  }

  /** Number and wire type of the next field, as on the wire: `number << 3 | wire type`. */
  tag(): number {
    if (this.pos < this.limit) {
      const first = this.#bytes[this.pos] as number
      if (first >= 8 && first < 0x80) {
        this.pos++
        return first
      }
    }
    const tag = this.#unsigned()
    if (tag < 8 || tag > 0xffffffff) throw new ProtobufError(`proto: illegal tag ${Math.floor(tag / 8)}`)
    return tag
  }

  /** Steps into a length-delimited value. Gives the limit to set back behind it. */
  enter(): number {
    const outer = this.limit
    this.limit = this.#end()
    return outer
  }

  int32(): number {
    const short = this.#short()
    if (short >= 0) return short
    this.#varint()
    return this.#low | 0
  }

  /** A bigint where a double cannot hold it. */
  int64(): number | bigint {
    const short = this.#short()
    if (short >= 0) return short
    this.#varint()
    // what fits stays a small integer
    if (this.#high === 0 && this.#low <= 0x3fffffff) return this.#low | 0
    const high = this.#high | 0
    // within ±2^53 a double is exact
    if (high >= -0x200000 && high < 0x200000) return high * 0x100000000 + this.#low
    return (BigInt(high) << 32n) | BigInt(this.#low)
  }

  bool(): boolean {
    const short = this.#short()
    if (short >= 0) return short > 0
    this.#varint()
    return this.#low !== 0 || this.#high !== 0
  }

  float64(): number {
    const at = this.pos
    if (at + 8 > this.limit) throw truncated()
    this.pos = at + 8
    return this.#bytes.readDoubleLE(at)
  }

  string(): string {
    const end = this.#end()
    const from = this.pos
    this.pos = end
    const length = end - from
    if (length === 0) return ''
    return length > maxKnown ? this.#bytes.toString('utf8', from, end) : this.#known(from, end, length)
  }

  /** Short texts are mostly the same few: to find one costs less than to make it, and leaves nothing to collect. */
  #known(from: number, end: number, length: number): string {
    const bytes = this.#bytes
    const first = bytes[from] as number
    const middle = bytes[from + (length >> 1)] as number
    const last = bytes[end - 1] as number
    const at = Math.imul(first | (middle << 8) | (last << 16) | (length << 24), 0x9e3779b1) >>> hashShift
    const to = at * maxKnown - from
    if (lengths[at] === length) {
      let i = from
      while (i < end && contents[to + i] === bytes[i]) i++
      if (i === end) return texts[at] as string
    }
    const text = bytes.toString('utf8', from, end)
    // one character a byte: ASCII, or U+FFFD in the place of each byte that is none
    if (text.length === length && !text.includes('\ufffd')) {
      texts[at] = text
      lengths[at] = length
      for (let i = from; i < end; i++) contents[to + i] = bytes[i] as number
    }
    return text
  }

  base64(): string {
    const end = this.#end()
    const text = this.#bytes.toString('base64', this.pos, end)
    this.pos = end
    return text
  }

  /** A view, not a copy. */
  bytes(): Buffer {
    const end = this.#end()
    const bytes = this.#bytes.subarray(this.pos, end)
    this.pos = end
    return bytes
  }

  /** Passes over a field that nobody here knows. */
  skip(tag: number): void {
    const wire = tag & 7
    if (wire === 0) this.#varint()
    else if (wire === 1) this.#advance(8)
    else if (wire === 2) this.pos = this.#end()
    else if (wire === 3) this.#skipGroup()
    else if (wire === 5) this.#advance(4)
    else throw new ProtobufError(wire === 4 ? 'proto: unexpected end of group' : `proto: illegal wireType ${wire}`)
  }

  #skipGroup(): void {
    let depth = 1
    while (depth > 0) {
      const tag = this.tag()
      if ((tag & 7) === 3) depth++
      else if ((tag & 7) === 4) depth--
      else this.skip(tag)
      if (depth > maxGroupDepth) throw new ProtobufError('proto: groups nested too deeply')
    }
  }

  #advance(count: number): void {
    if (this.pos + count > this.limit) throw truncated()
    this.pos += count
  }

  /** Reads a length; gives the place where the value ends. */
  #end(): number {
    const end = this.#unsigned() + this.pos
    if (end > this.limit) throw truncated()
    return end
  }

  /** A varint of one byte, or -1. */
  #short(): number {
    if (this.pos >= this.limit) return -1
    const first = this.#bytes[this.pos] as number
    if (first > 0x7f) return -1
    this.pos++
    return first
  }

  #unsigned(): number {
    const short = this.#short()
    if (short >= 0) return short
    this.#varint()
    return this.#high * 0x100000000 + this.#low
  }

  /** Leaves the value in two unsigned halves. */
  #varint(): void {
    let low = 0
    let high = 0
    for (let shift = 0; shift < 70; shift += 7) {
      if (this.pos >= this.limit) throw truncated()
      const byte = this.#bytes[this.pos++] as number
      const bits = byte & 0x7f
      if (shift < 28) low |= bits << shift
      else if (shift === 28) {
        low |= bits << 28
        high |= bits >> 4
      } else high |= bits << (shift - 32)
      if (byte < 0x80) {
        this.#low = low >>> 0
        this.#high = high >>> 0
        return
      }
    }
    throw new ProtobufError('proto: integer overflow')
  }
}
