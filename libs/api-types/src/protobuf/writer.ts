/** A writer's buffer above this size is not kept for the next message. */
const maxKept = 1024 * 1024

/**
 * Writes protobuf from its end to its front: a message's length is known when its members stand, so nothing is measured
 * beforehand. Whoever uses it writes the last field first, and a value before its tag.
 */
export class Writer {
  #bytes: Buffer
  #at: number

  /** `size`: bytes to begin with; the writer grows as needed. */
  constructor(size: number) {
    this.#bytes = Buffer.allocUnsafeSlow(size)
    this.#at = size
  }

  /** Bytes written so far. */
  get written(): number {
    return this.#bytes.length - this.#at
  }

  /** What was written, as a buffer of its own unless `memory` gives some; the writer is empty afterwards. */
  take(memory: (length: number) => Buffer = Buffer.allocUnsafeSlow): Buffer {
    const out = memory(this.written)
    this.#bytes.copy(out, 0, this.#at)
    this.clear()
    return out
  }

  clear(): void {
    if (this.#bytes.length > maxKept) this.#bytes = Buffer.allocUnsafeSlow(16 * 1024)
    this.#at = this.#bytes.length
  }

  /** Length and tag of what was written since `written` was `before`. */
  delimit(before: number, tag: number): void {
    this.unsigned(this.written - before)
    this.unsigned(tag)
  }

  string(value: string, tag: number): void {
    const { length } = value
    this.#reserve(length * 3 + 12)
    if (length > 48 || !this.#ascii(value)) {
      const size = Buffer.byteLength(value)
      this.#at -= size
      this.#bytes.write(value, this.#at, size, 'utf8')
      this.unsigned(size)
    } else this.unsigned(length)
    this.unsigned(tag)
  }

  base64(value: string, tag: number): void {
    this.bytes(Buffer.from(value, 'base64'), tag)
  }

  bytes(value: Uint8Array, tag: number): void {
    this.raw(value)
    this.unsigned(value.length)
    this.unsigned(tag)
  }

  /** Bytes as they are, without length and tag. */
  raw(value: Uint8Array): void {
    this.#reserve(value.length)
    this.#at -= value.length
    this.#bytes.set(value, this.#at)
  }

  bool(value: boolean, tag: number): void {
    this.unsigned(value ? 1 : 0)
    this.unsigned(tag)
  }

  /** int32 and int64: negative ones take ten bytes. */
  integer(value: number | bigint, tag: number): void {
    if (typeof value === 'number' && value >= 0) this.unsigned(value)
    else this.#wide(BigInt.asUintN(64, BigInt(value)))
    this.unsigned(tag)
  }

  float64(value: number, tag: number): void {
    this.#reserve(8)
    this.#at -= 8
    this.#bytes.writeDoubleLE(value, this.#at)
    this.unsigned(tag)
  }

  /** A varint of at most 53 bits. */
  unsigned(value: number): void {
    this.#reserve(10)
    if (value < 0x80) {
      this.#bytes[--this.#at] = value
      return
    }
    let size = 1
    for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) size++
    this.#at -= size
    let at = this.#at
    let rest = value
    while (rest >= 0x80) {
      this.#bytes[at++] = (rest % 0x80) | 0x80
      rest = Math.floor(rest / 0x80)
    }
    this.#bytes[at] = rest
  }

  #wide(value: bigint): void {
    const groups: number[] = []
    let rest = value
    for (; rest >= 0x80n; rest >>= 7n) groups.push(Number(rest & 0x7fn) | 0x80)
    groups.push(Number(rest))
    this.#reserve(groups.length)
    this.#at -= groups.length
    this.#bytes.set(groups, this.#at)
  }

  /** Short texts are nearly always ASCII: writing them here costs less than a call into the runtime. */
  #ascii(value: string): boolean {
    const { length } = value
    const start = this.#at - length
    for (let i = 0; i < length; i++) {
      const code = value.charCodeAt(i)
      if (code > 0x7f) return false
      this.#bytes[start + i] = code
    }
    this.#at = start
    return true
  }

  #reserve(count: number): void {
    if (count <= this.#at) return
    const { written } = this
    const grown = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, written + count))
    this.#bytes.copy(grown, grown.length - written, this.#at)
    this.#at = grown.length - written
    this.#bytes = grown
  }
}
