const quote = 0x22
const backslash = 0x5c
const comma = 0x2c
const colon = 0x3a
const space = 0x20
const lineFeed = 0x0a

/** So much may be written for one byte that is read, but for spaces at the beginning of a line. */
const most = 8

const forHtml = Buffer.from('<>&')
/** How Go writes what a browser could take for HTML; the others stay as they are. */
const escapes: (Buffer | undefined)[] = []
for (const byte of forHtml) escapes[byte] = Buffer.from(`\\u00${byte.toString(16)}`)

/** U+2028 and U+2029 end a line in older JavaScript: three bytes, the last of which tells. */
const lineEnds: (Buffer | undefined)[] = []
lineEnds[0xa8] = Buffer.from('\\u2028')
lineEnds[0xa9] = Buffer.from('\\u2029')
const maybeLineEnd = 0xe2

/** Bytes of a text that are more than copied. */
const special = new Uint8Array(256)
for (const byte of [quote, backslash, maybeLineEnd, ...forHtml]) special[byte] = 1

/**
 * JSON laid out as Go's `json.MarshalIndent(…, "", "  ")` does: two spaces for each depth, empty lists and maps on one line, no line's end behind it. Texts and
 * numbers stay as they are, but for {@link escapes}.
 *
 * It reads a text in any pieces and stops wherever `out` is full: a text of 3 MB that is nested deeply fills gigabytes.
 */
export class JsonIndenter {
  readonly out: Buffer
  /** Of {@link out}. Whoever takes it sets it to 0. */
  used = 0
  #depth = 0
  /** Spaces that the line begins with and that are not written yet. */
  #due = 0
  /** A list or a map has begun and shows nothing yet. */
  #opened = false
  /** The line's end before its last brace stands already. */
  #closing = false
  #inText = false
  #escaped = false
  /** Bytes of U+2028 that were read: 0, 1 or 2. They are written once the next one shows what it is. */
  #held = 0

  constructor(out: Buffer) {
    this.out = out
  }

  /** Reads `source` until its end or until {@link out} is full, and returns how far it came. */
  read(source: Uint8Array, from: number, to: number): number {
    let at = from
    const full = this.out.length - most
    while (at < to || this.#due > 0) {
      if (this.#due > 0) this.#space()
      if (this.used > full || at === to) return at
      at = this.#inText ? this.#text(source, at, to, full) : this.#structure(source[at] as number, at)
    }
    return at
  }

  #space(): void {
    const { out, used } = this
    const end = used + Math.min(this.#due, out.length - used)
    // mostly a few: quicker than a call
    for (let at = used; at < end; at++) out[at] = space
    this.#due -= end - used
    this.used = end
  }

  #line(): void {
    this.out[this.used++] = lineFeed
    this.#due = this.#depth * 2
  }

  /** One byte between texts; it is read again where a line had to be begun before it. */
  #structure(byte: number, at: number): number {
    if (byte === space || byte === lineFeed || byte === 0x0d || byte === 0x09) return at + 1
    if (byte === 0x7d || byte === 0x5d) return this.#close(byte, at)
    if (this.#opened) {
      this.#opened = false
      this.#line()
      return at
    }
    this.out[this.used++] = byte
    if (byte === quote) this.#inText = true
    else if (byte === comma) this.#line()
    else if (byte === colon) this.out[this.used++] = space
    else if (byte === 0x7b || byte === 0x5b) {
      this.#depth++
      this.#opened = true
    }
    return at + 1
  }

  #close(byte: number, at: number): number {
    if (!this.#opened && !this.#closing) {
      this.#depth--
      this.#closing = true
      this.#line()
      return at
    }
    if (this.#opened) this.#depth--
    this.#opened = false
    this.#closing = false
    this.out[this.used++] = byte
    return at + 1
  }

  /** Bytes of a text, to its end if it is there. */
  #text(source: Uint8Array, from: number, to: number, full: number): number {
    if (this.#held > 0) return this.#lineEnd(source[from] as number, from)
    const { out } = this
    let { used } = this
    let at = from
    if (this.#escaped) {
      this.#escaped = false
      out[used++] = source[at++] as number
    }
    while (at < to && used <= full) {
      const byte = source[at++] as number
      if (special[byte] === 0) {
        out[used++] = byte
        continue
      }
      const instead = escapes[byte]
      if (instead !== undefined) {
        out.set(instead, used)
        used += instead.length
        continue
      }
      if (byte === maybeLineEnd) {
        this.#held = 1
        break
      }
      out[used++] = byte
      if (byte === quote) {
        this.#inText = false
        break
      }
      if (at < to) out[used++] = source[at++] as number
      else this.#escaped = true
    }
    this.used = used
    return at
  }

  /** What comes behind bytes that U+2028 begins with. */
  #lineEnd(byte: number, at: number): number {
    const { out } = this
    if (this.#held === 1 && byte === 0x80) {
      this.#held = 2
      return at + 1
    }
    const instead = this.#held === 2 ? lineEnds[byte] : undefined
    if (instead !== undefined) {
      out.set(instead, this.used)
      this.used += instead.length
    } else {
      out[this.used++] = maybeLineEnd
      if (this.#held === 2) out[this.used++] = 0x80
    }
    this.#held = 0
    return instead === undefined ? at : at + 1
  }
}
