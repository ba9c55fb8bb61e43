const quote = 0x22
const backslash = 0x5c
const comma = 0x2c
const colon = 0x3a
const openBrace = 0x7b
const closeBrace = 0x7d
const openBracket = 0x5b
const closeBracket = 0x5d

/** What selectors read below the second level; everything else there is left out. */
const nested = new Set(['labels', 'podIPs'])

/**
 * The JSON of an object in which lists and what lies below the second level stand as `0`, but for what selectors name: a fifth of a
 * typical object, at a third of the price of parsing all of it. Undefined for what is not written as we write (no spaces).
 */
export function outline(bytes: Buffer): string | undefined {
  if (bytes[0] !== openBrace) return undefined
  const walk = new Walk(bytes)
  const end = walk.members(1, 1)
  return end === bytes.length ? walk.text() : undefined
}

class Walk {
  readonly #bytes: Buffer
  #text = ''
  #kept = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  /** The members of an object whose brace was read; the place behind it, -1 for what is none. */
  members(from: number, depth: 1 | 2): number {
    const bytes = this.#bytes
    let at = from
    if (bytes[at] === closeBrace) return at + 1
    for (;;) {
      if (bytes[at] !== quote) return -1
      const name = at + 1
      at = afterString(bytes, name)
      const nameEnd = at - 1
      if (bytes[at] !== colon) return -1
      const value = bytes[++at]
      if (value === quote) at = afterString(bytes, at + 1)
      else if (value === openBrace && depth === 1) {
        at = this.members(at + 1, 2)
        if (at === -1) return -1
      } else if (value === openBrace || value === openBracket) {
        const end = afterNested(bytes, at)
        if (depth === 1 || !nested.has(bytes.toString('latin1', name, nameEnd))) this.#leaveOut(at, end)
        at = end
      } else while (at < bytes.length && bytes[at] !== comma && bytes[at] !== closeBrace) at++
      if (bytes[at] === closeBrace) return at + 1
      if (bytes[at] !== comma) return -1
      at++
    }
  }

  text(): string {
    return this.#text + this.#bytes.toString('utf8', this.#kept)
  }

  #leaveOut(from: number, to: number): void {
    this.#text += `${this.#bytes.toString('utf8', this.#kept, from)}0`
    this.#kept = to
  }
}

/** The place behind the closing quote. */
function afterString(bytes: Buffer, from: number): number {
  const { length } = bytes
  let at = from
  while (at < length) {
    const byte = bytes[at++] as number
    if (byte === quote) return at
    if (byte === backslash) at++
  }
  return length
}

/** The place behind an object or list that begins at `from`. */
export function afterNested(bytes: Buffer, from: number): number {
  const { length } = bytes
  let depth = 0
  let at = from
  while (at < length) {
    const byte = bytes[at++] as number
    if (byte === quote) {
      while (at < length) {
        const inner = bytes[at++] as number
        if (inner === quote) break
        if (inner === backslash) at++
      }
    } else if (byte === openBrace || byte === openBracket) depth++
    else if ((byte === closeBrace || byte === closeBracket) && --depth === 0) return at
  }
  return length
}
