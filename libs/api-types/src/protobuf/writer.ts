/** A writer's memory above this size is not kept for the next message. */
const maxKept = 1024 * 1024
const usualSize = 16 * 1024

/** What generated code may write without asking for room: the constants between two values. */
export const reserve = 1024

/** Longer texts are written natively: there two calls cost less than the loop. */
const maxLooped = 40

/**
 * Writes protobuf from its end to its front: a message's length is known when its members stand, so nothing is measured
 * beforehand. Whoever uses it writes the last field first. Each call gets the place where the last one began and gives its own;
 * at least {@link reserve} bytes are free in front of it, of which the caller may use some. What was written is valid until the next message.
 */
export class Writer {
  bytes: Buffer
  /** Where writing begins. Places move with it when the memory grows: what is kept for later is the distance. */
  end: number

  constructor(size: number = usualSize) {
    this.bytes = Buffer.allocUnsafeSlow(size + reserve)
    this.end = this.bytes.length
  }

  /** Makes room for `more` bytes and the constants in front of them. */
  grow(at: number, more = 0): number {
    const written = this.end - at
    const grown = Buffer.allocUnsafeSlow(Math.max(this.bytes.length * 2, written + more + 2 * reserve))
    const place = grown.length - written
    this.bytes.copy(grown, place, at)
    this.bytes = grown
    this.end = grown.length
    return place
  }

  /** What was written, as a buffer of its own unless `memory` gives some. */
  take(at: number, memory: (length: number) => Buffer = Buffer.allocUnsafeSlow): Buffer {
    const out = memory(this.end - at)
    this.bytes.copy(out, 0, at)
    if (this.bytes.length > maxKept) {
      this.bytes = Buffer.allocUnsafeSlow(usualSize + reserve)
      this.end = this.bytes.length
    }
    return out
  }

  /** Length and tag of what was written since `before` bytes stood there. */
  delimit(at: number, before: number, tag: number): number {
    return this.#pair(at, this.end - at - before, tag)
  }

  string(at: number, value: string, tag: number): number {
    const { length } = value
    const room = at < length * 3 + reserve ? this.grow(at, length * 3) : at
    const { bytes } = this
    if (length <= maxLooped) {
      // short texts are nearly always ASCII: writing them here costs less than a call into the runtime
      const start = room - length
      let i = 0
      for (; i < length; i++) {
        const code = value.charCodeAt(i)
        if (code > 0x7f) break
        bytes[start + i] = code
      }
      if (i === length) return this.#pair(start, length, tag)
    }
    const size = Buffer.byteLength(value)
    const start = room - size
    bytes.write(value, start, size, 'utf8')
    return this.#pair(start, size, tag)
  }

  base64(at: number, value: string, tag: number): number {
    const bytes = Buffer.from(value, 'base64')
    return this.#pair(this.raw(at, bytes), bytes.length, tag)
  }

  /** Bytes as they are, without length and tag. */
  raw(at: number, value: Uint8Array): number {
    const room = at < value.length + reserve ? this.grow(at, value.length) : at
    this.bytes.set(value, room - value.length)
    return room - value.length
  }

  bool(at: number, value: boolean, tag: number): number {
    return this.#pair(at, value ? 1 : 0, tag)
  }

  /** int32 and int64: negative ones take ten bytes. */
  integer(at: number, value: number | bigint, tag: number): number {
    if (typeof value === 'number' && value >= 0) return this.#pair(at, value, tag)
    return this.unsigned(this.#wide(at, BigInt.asUintN(64, BigInt(value))), tag)
  }

  float64(at: number, value: number, tag: number): number {
    const room = at < reserve ? this.grow(at) : at
    this.bytes.writeDoubleLE(value, room - 8)
    return this.unsigned(room - 8, tag)
  }

  /** A varint of at most 53 bits. */
  unsigned(at: number, value: number): number {
    const room = at < reserve ? this.grow(at) : at
    const { bytes } = this
    if (value < 0x80) {
      bytes[room - 1] = value
      return room - 1
    }
    let size = 1
    for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) size++
    const start = room - size
    let to = start
    let rest = value
    while (rest >= 0x80) {
      bytes[to++] = (rest % 0x80) | 0x80
      rest = Math.floor(rest / 0x80)
    }
    bytes[to] = rest
    return start
  }

  /** A tag in front of a number or a length: nearly all of both have one or two bytes. */
  #pair(at: number, value: number, tag: number): number {
    let place = at < reserve ? this.grow(at) : at
    const { bytes } = this
    if (value < 0x80) bytes[--place] = value
    else if (value < 0x4000) {
      bytes[--place] = value >>> 7
      bytes[--place] = (value & 0x7f) | 0x80
    } else return this.unsigned(this.unsigned(place, value), tag)
    if (tag < 0x80) bytes[--place] = tag
    else if (tag < 0x4000) {
      bytes[--place] = tag >>> 7
      bytes[--place] = (tag & 0x7f) | 0x80
    } else return this.unsigned(place, tag)
    return place
  }

  #wide(at: number, value: bigint): number {
    const groups: number[] = []
    let rest = value
    for (; rest >= 0x80n; rest >>= 7n) groups.push(Number(rest & 0x7fn) | 0x80)
    groups.push(Number(rest))
    return this.raw(at, Uint8Array.from(groups))
  }
}
