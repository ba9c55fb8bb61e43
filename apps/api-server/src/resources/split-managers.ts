import { FieldsV1, type ManagedFieldsEntry } from '@kubets/apimachinery'

const metadataMember = Buffer.from('"metadata":{')
const managersMember = Buffer.from(',"managedFields":[')
const fieldsMember = Buffer.from('"fieldsV1":')
const quote = 0x22
const backslash = 0x5c
const comma = 0x2c

export interface SplitBytes {
  /** The object without its managers. */
  readonly bytes: Buffer
  readonly managers: ManagedFieldsEntry[]
}

/**
 * Takes the managers out of canonical bytes: what they own is half of a typical object, and stays text on its way through an
 * update. Undefined where there are none, or where the bytes are not as we write them.
 */
export function splitManagers(bytes: Uint8Array): SplitBytes | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const at = buffer.indexOf(managersMember)
  if (at === -1) return undefined
  // What stands before metadata (kind, apiVersion) holds no quotes in its values, so the first match is it.
  const metadata = buffer.indexOf(metadataMember)
  if (metadata === -1 || metadata > at || !isDirectlyIn(buffer, metadata + metadataMember.length, at)) return undefined
  const managers: ManagedFieldsEntry[] = []
  let position = at + managersMember.length
  for (;;) {
    const fields = buffer.indexOf(fieldsMember, position)
    if (fields === -1) return undefined
    const begin = fields + fieldsMember.length
    const end = endOfValue(buffer, begin)
    const close = endOfEntry(buffer, end)
    if (end === -1 || close === -1) return undefined
    const head = buffer.toString('latin1', position, fields)
    const tail = buffer.toString('latin1', end, close)
    try {
      const entry = JSON.parse(Buffer.from(`${head}"fieldsV1":null${tail}`, 'latin1').toString()) as ManagedFieldsEntry
      entry.fieldsV1 = new FieldsV1(buffer.toString('utf8', begin, end))
      managers.push(entry)
    } catch {
      return undefined
    }
    position = close + 1
    if (buffer[close] === comma) continue
    if (buffer[close] !== 0x5d) return undefined
    return { bytes: Buffer.concat([buffer.subarray(0, at), buffer.subarray(position)]), managers }
  }
}

/** Whether no bracket is left open between two places of a text. */
function isDirectlyIn(buffer: Buffer, from: number, to: number): boolean {
  let depth = 0
  for (let i = from; i < to; i++) {
    const byte = buffer[i] as number
    if (byte === quote) i = endOfString(buffer, i)
    else if (byte === 0x7b || byte === 0x5b) depth++
    else if (byte === 0x7d || byte === 0x5d) {
      if (--depth < 0) return false
    }
  }
  return depth === 0
}

/** The place of the closing quote. */
function endOfString(buffer: Buffer, open: number): number {
  let at = buffer.indexOf(quote, open + 1)
  while (at !== -1) {
    let escapes = 0
    while (buffer[at - 1 - escapes] === backslash) escapes++
    if (escapes % 2 === 0) return at
    at = buffer.indexOf(quote, at + 1)
  }
  return buffer.length
}

/** The place after an object; -1 when there is none. */
function endOfValue(buffer: Buffer, from: number): number {
  if (buffer[from] !== 0x7b) return -1
  let depth = 0
  for (let i = from; i < buffer.length; i++) {
    const byte = buffer[i] as number
    if (byte === quote) {
      // short strings: looking byte by byte is faster than asking for the next quote
      for (i++; i < buffer.length && buffer[i] !== quote; i++) if (buffer[i] === backslash) i++
    } else if (byte === 0x7b) depth++
    else if (byte === 0x7d && --depth === 0) return i + 1
  }
  return -1
}

/** The place after the entry's closing brace. */
function endOfEntry(buffer: Buffer, from: number): number {
  for (let i = from; i < buffer.length; i++) {
    const byte = buffer[i] as number
    if (byte === quote) i = endOfString(buffer, i)
    else if (byte === 0x7d) return i + 1
  }
  return -1
}
