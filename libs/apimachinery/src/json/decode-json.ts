import { setOwn } from '../patch/own-property.ts'
import { JsonError, parseExactly, parseTogether, type VisitMember } from './parse-exactly.ts'
import { maxJsonDepth, scanJson } from './scan-json.ts'

export type JsonValue = null | boolean | number | bigint | string | JsonValue[] | { [key: string]: JsonValue }

export interface DecodedJson {
  /** Integers that a double cannot hold are bigints. A `__proto__` member is an own property like any other. */
  readonly value: JsonValue
  /** Members of all objects in the text, duplicates counted. */
  readonly members: number
  /** Paths of members written more than once (`spec.replicas`). Known only if the exact parser ran; see {@link decodeTogether}. */
  readonly duplicates: readonly string[]
}

const decoder = new TextDecoder('utf-8', { fatal: false, ignoreBOM: true })

/**
 * Decodes a body. The usual text costs `JSON.parse` and one pass over its bytes; a text with big or exponent numbers,
 * or an error, goes through the exact parser.
 * @throws JsonError with Go's text.
 */
export function decodeJson(bytes: Uint8Array): DecodedJson {
  const scan = scanJson(bytes)
  if (scan.tooDeep !== undefined) throw new JsonError(`invalid character '${scan.tooDeep}' exceeded max depth`)
  const text = decoder.decode(bytes)
  if (!scan.exactNeeded) {
    try {
      const value = JSON.parse(text) as JsonValue
      return { value: scan.unicodeEscapes ? wellFormed(value) : value, members: scan.members, duplicates: [] }
    } catch {
      // The exact parser says what is wrong in the words that clients know.
    }
  }
  const exact = parseExactly(text)
  const value = scan.unicodeEscapes ? wellFormed(exact.value) : exact.value
  return { value, members: scan.members, duplicates: exact.duplicates }
}

/** Halves of characters become U+FFFD, as Go reads them: UTF-8 has no form for them. Changes the value. */
function wellFormed(value: JsonValue): JsonValue {
  if (typeof value === 'string') return value.toWellFormed()
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) value[i] = wellFormed(item)
    return value
  }
  for (const [key, member] of Object.entries(value)) {
    const name = key.toWellFormed()
    if (name !== key) delete value[key]
    setOwn(value, name, wellFormed(member))
  }
  return value
}

/** A body in which members stand twice, read as Go does: see {@link parseTogether}. */
export function decodeTogether(bytes: Uint8Array): JsonValue {
  return wellFormed(parseTogether(decoder.decode(bytes)))
}

/** Tells all members of a body in the order of the text. Their paths are not kept: together they may be far longer than the text. */
export function visitMembers(bytes: Uint8Array, visit: VisitMember): void {
  parseTogether(decoder.decode(bytes), visit)
}

/** Counts the members of all objects in a decoded value; fewer than the text had means that some were written twice. */
export function countMembers(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  let count = 0
  if (Array.isArray(value)) {
    for (const item of value) count += countMembers(item)
    return count
  }
  const object = value as Record<string, unknown>
  for (const key in object) count += 1 + countMembers(object[key])
  return count
}

/** JSON text of a value that may hold bigints. Members keep their order. */
export function encodeJson(value: unknown): string {
  try {
    return JSON.stringify(value)
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    return encodeWithBigints(value)
  }
}

function encodeWithBigints(value: unknown): string {
  if (typeof value === 'bigint') return value.toString()
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  if (Array.isArray(value)) return `[${value.map(encodeWithBigints).join(',')}]`
  const members = Object.entries(value).filter(([, member]) => member !== undefined)
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${encodeWithBigints(member)}`).join(',')}}`
}

export { JsonError, maxJsonDepth }
