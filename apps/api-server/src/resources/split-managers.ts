import { FieldsV1, type ManagedFieldsEntry, RecentlyUsed } from '@kubets/apimachinery'

const metadataMember = Buffer.from('"metadata":{')
const managersMember = Buffer.from(',"managedFields":[')
const fieldsMember = Buffer.from('"fieldsV1":')
const quote = 0x22
const backslash = 0x5c
const comma = 0x2c

export interface SplitBytes {
  /** What stands before the managers, and what after them: together the object without them. */
  readonly before: Buffer
  readonly after: Buffer
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
    const member = buffer.indexOf(fieldsMember, position)
    if (member === -1) return undefined
    const begin = member + fieldsMember.length
    try {
      const head = readHead(buffer.toString('utf8', position, member))
      const known = knownFields(buffer, begin, head.manager)
      const end = known === undefined ? endOfValue(buffer, begin) : begin + known.bytes.length
      const close = endOfEntry(buffer, end)
      if (end === -1 || close === -1) return undefined
      const fieldsV1 = known?.fields ?? keepFields(head.manager, buffer.subarray(begin, end))
      managers.push({ ...readEntry(head, buffer.toString('utf8', end, close)), fieldsV1 })
      position = close + 1
      if (buffer[close] === comma) continue
      if (buffer[close] !== 0x5d) return undefined
    } catch {
      return undefined
    }
    return { before: buffer.subarray(0, at), after: buffer.subarray(position), managers }
  }
}

/** What stands before a manager's fields. */
interface Head {
  readonly text: string
  /** The text up to the operation's name, which tells managers apart well enough. */
  readonly manager: string
  /** Entries without their fields, by what stands behind those. */
  readonly entries: Map<string, ManagedFieldsEntry>
}

/** Those read last: what is written within one second has the same ones. */
const heads = new RecentlyUsed<Head>(256)
/** Longer ones are not kept. */
const maxHead = 512
/** Of one head; there is hardly a second one. */
const maxEntries = 4

function readHead(text: string): Head {
  let head = heads.get(text)
  if (head === undefined) {
    const end = text.indexOf('","apiVersion"')
    head = { text, manager: end === -1 ? '' : text.slice(0, end), entries: new Map() }
    if (text.length <= maxHead) heads.set(text, head)
  }
  return head
}

/** @throws SyntaxError where it is none. Not to be changed. */
function readEntry({ text, entries }: Head, tail: string): ManagedFieldsEntry {
  let entry = entries.get(tail)
  if (entry === undefined) {
    entry = JSON.parse(`${text}"fieldsV1":null${tail}`) as ManagedFieldsEntry
    if (entries.size < maxEntries && tail.length <= maxHead) entries.set(tail, entry)
  }
  return entry
}

interface Known {
  readonly bytes: Buffer
  readonly fields: FieldsV1
}

/**
 * What managers owned in the objects seen last. Objects of one template have the same text there, and to compare it is much faster than to
 * look for its end; and its string comes with a hash, by which the decoded set is found.
 */
const seen = new Map<string, Known[]>()
/** Of one manager, the last first. */
const maxKnown = 8
/** At so many managers the memory is emptied. */
const maxSeen = 128
/** Longer ones are not kept. */
const maxKnownBytes = 16 * 1024

/** A value stands where it begins with the bytes of a whole object, whatever follows. */
function knownFields(buffer: Buffer, begin: number, manager: string): Known | undefined {
  const list = seen.get(manager)
  if (list === undefined) return undefined
  for (let i = 0; i < list.length; i++) {
    const known = list[i] as Known
    const { length } = known.bytes
    if (begin + length > buffer.length || buffer.compare(known.bytes, 0, length, begin, begin + length) !== 0) continue
    if (i > 0) list.unshift(...list.splice(i, 1))
    return known
  }
  return undefined
}

function keepFields(manager: string, bytes: Buffer): FieldsV1 {
  const fields = new FieldsV1(bytes.toString())
  if (bytes.length > maxKnownBytes) return fields
  let list = seen.get(manager)
  if (list === undefined) {
    if (seen.size >= maxSeen) seen.clear()
    list = []
    seen.set(manager, list)
  }
  // a copy: the bytes belong to a common piece
  const copy = Buffer.allocUnsafeSlow(bytes.length)
  copy.set(bytes)
  list.unshift({ bytes: copy, fields })
  if (list.length > maxKnown) list.pop()
  return fields
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

/** Up to here a string is looked through byte by byte, which is faster than asking for the next quote. */
const short = 64

/** The place of the closing quote. */
function endOfString(buffer: Buffer, open: number): number {
  let i = open + 1
  for (const end = Math.min(i + short, buffer.length); i < end; i++) {
    const byte = buffer[i]
    if (byte === quote) return i
    if (byte === backslash) i++
  }
  let at = buffer.indexOf(quote, i)
  while (at !== -1) {
    let escapes = 0
    while (at - 1 - escapes >= i && buffer[at - 1 - escapes] === backslash) escapes++
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
    if (byte === quote) i = endOfString(buffer, i)
    else if (byte === 0x7b) depth++
    else if (byte === 0x7d && --depth === 0) return i + 1
  }
  return -1
}

/** The place after the entry's closing brace. */
function endOfEntry(buffer: Buffer, from: number): number {
  if (from === -1) return -1
  for (let i = from; i < buffer.length; i++) {
    const byte = buffer[i] as number
    if (byte === quote) i = endOfString(buffer, i)
    else if (byte === 0x7d) return i + 1
  }
  return -1
}
