/** Positions are kept in 16 bits: a value and the dictionary before it have to end there. */
const window = 2 ** 16

/** Of the table that remembers where some five bytes stood last. */
const hashBits = 13

/** The format's: the last match begins so many bytes before the end, and the last ones stand for themselves. */
const lastMatch = 12
const lastLiterals = 5
const shortestMatch = 4

/** lmdb's: a byte that no plain value begins with, and the length in three. */
const packed = 254
const header = 4

/**
 * Values as lmdb packs them: its header, then an LZ4 block (https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md) that begins in the
 * middle of a text, the dictionary. lmdb's library is built without optimization, and reads the dictionary anew for each value: 18 µs for a pod of 5 KB,
 * of which this takes four and a few bytes more.
 */
export class Lz4Packer {
  /** Longer values are not for this one. */
  readonly longest: number
  readonly #dictionary: number
  /** The dictionary, then the value. */
  readonly #text = Buffer.alloc(window)
  readonly #words = new DataView(this.#text.buffer, this.#text.byteOffset, window)
  readonly #table = new Uint16Array(1 << hashBits)
  /** The table when nothing but the dictionary has been read. */
  readonly #primed = new Uint16Array(1 << hashBits)
  readonly #out = Buffer.alloc(header + window + Math.ceil(window / 255) + 16)

  constructor(dictionary: Uint8Array) {
    // lmdb leaves away what is no whole word
    this.#dictionary = dictionary.length & ~7
    this.longest = window - this.#dictionary
    this.#text.set(dictionary.subarray(0, this.#dictionary))
    for (let at = 0; at + shortestMatch < this.#dictionary; at++) this.#primed[this.#hash(at)] = at
  }

  /** Valid until the next call. `value`: of at most {@link longest} bytes. */
  pack(value: Uint8Array): Buffer {
    const { length } = value
    const out = this.#out
    this.#text.set(value, this.#dictionary)
    this.#table.set(this.#primed)
    out[0] = packed
    out[1] = length >> 16
    out[2] = length >> 8
    out[3] = length
    return out.subarray(0, this.#block(this.#dictionary, this.#dictionary + length))
  }

  /** Writes the block behind the header. Returns its end. */
  #block(start: number, end: number): number {
    const text = this.#text
    const words = this.#words
    const table = this.#table
    let to = header
    let literals = start
    // where nothing is found for long, more and more is passed over
    let misses = 64
    for (let at = start; at < end - lastMatch; ) {
      const hash = this.#hash(at)
      let before = table[hash] as number
      table[hash] = at
      if (words.getInt32(before, true) !== words.getInt32(at, true)) {
        at += misses++ >> 6
        continue
      }
      misses = 64
      let matchEnd = at + shortestMatch
      let other = before + shortestMatch
      while (matchEnd < end - lastLiterals && text[matchEnd] === text[other]) {
        matchEnd++
        other++
      }
      while (at > literals && before > 0 && text[at - 1] === text[before - 1]) {
        at--
        before--
      }
      to = this.#sequence(to, literals, at, at - before, matchEnd - at - shortestMatch)
      at = matchEnd
      literals = matchEnd
    }
    return this.#sequence(to, literals, end, 0, 0)
  }

  /** Some literals, then a match; the last sequence has none (`offset` 0). */
  #sequence(start: number, from: number, end: number, offset: number, length: number): number {
    const text = this.#text
    const out = this.#out
    const literals = end - from
    let to = start + 1
    out[start] = (Math.min(literals, 15) << 4) | Math.min(length, 15)
    if (literals >= 15) to = this.#longer(to, literals - 15)
    for (let at = from; at < end; at++) out[to++] = text[at] as number
    if (offset === 0) return to
    out[to++] = offset
    out[to++] = offset >> 8
    return length >= 15 ? this.#longer(to, length - 15) : to
  }

  #longer(start: number, length: number): number {
    const out = this.#out
    let to = start
    let left = length
    for (; left >= 255; left -= 255) out[to++] = 255
    out[to++] = left
    return to
  }

  /** Of five bytes: four are common in JSON. */
  #hash(at: number): number {
    const first = Math.imul(this.#words.getInt32(at, true), 0x9e37_79b1)
    return (first ^ Math.imul(this.#text[at + shortestMatch] as number, 0x85eb_ca77)) >>> (32 - hashBits)
  }
}
