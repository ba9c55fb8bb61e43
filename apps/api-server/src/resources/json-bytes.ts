const quote = 0x22
const backslash = 0x5c
const openBrace = 0x7b
const closeBrace = 0x7d
const openBracket = 0x5b
const closeBracket = 0x5d

/** The place behind the closing quote of a text that begins at `from`. */
export function afterString(bytes: Uint8Array, from: number): number {
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
export function afterNested(bytes: Uint8Array, from: number): number {
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
