export interface JsonScan {
  /** Colons outside strings: members of all objects. */
  members: number
  /** Deepest nesting of objects and lists. */
  depth: number
  /** There are numbers that `JSON.parse` may change: 16 digits or more, or an exponent. */
  exactNeeded: boolean
  /** The bracket that went one level too deep. */
  tooDeep: string | undefined
  /** There are `\\u` escapes: halves of characters may stand alone. */
  unicodeEscapes: boolean
}

/** Deeper input is refused: `JSON.stringify` would overflow the stack on it. */
export const maxJsonDepth = 1000

const quote = 0x22
const backslash = 0x5c

/** One pass over the bytes of a JSON text that looks only at its outline. Takes texts that are not JSON too. */
export function scanJson(bytes: Uint8Array): JsonScan {
  let members = 0
  let depth = 0
  let deepest = 0
  let exactNeeded = false
  let digits = 0
  let tooDeep: string | undefined
  let unicodeEscapes = false
  const { length } = bytes
  for (let at = 0; at < length; at++) {
    const byte = bytes[at] as number
    if (byte === quote) {
      // A plain loop: a native search costs more than the few bytes of a typical string.
      for (at++; at < length; at++) {
        const inner = bytes[at] as number
        if (inner === backslash) {
          if (bytes[++at] === 0x75) unicodeEscapes = true
        } else if (inner === quote) break
      }
      digits = 0
    } else if (byte >= 0x30 && byte <= 0x39) {
      if (++digits >= 16) exactNeeded = true
    } else if (byte === 0x65 || byte === 0x45) {
      // An `e` straight after a digit is an exponent; those of true, false and else are not.
      if (digits > 0) exactNeeded = true
      digits = 0
    } else {
      if (byte !== 0x2e) digits = 0
      if (byte === 0x3a) members++
      else if (byte === 0x7b || byte === 0x5b) {
        if (++depth > deepest) {
          deepest = depth
          if (depth === maxJsonDepth + 1) tooDeep = String.fromCharCode(byte)
        }
      } else if (byte === 0x7d || byte === 0x5d) depth--
    }
  }
  return { members, depth: deepest, exactNeeded, tooDeep, unicodeEscapes }
}
