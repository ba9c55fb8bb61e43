import type { KubeObject, ResourceEntry } from '@kubets/api-types'
import { encodeJson, humanDuration, recordClose, recordDurations, recordOpen } from '@kubets/apimachinery'
import type { Entry } from '@kubets/storage'
import { groupVersion } from './group-version.ts'
import { afterNested } from './json-bytes.ts'
import type { Rest } from './rest.ts'
import { resourceVersionMember } from './splice.ts'
import type { IncludeObject } from './table.ts'
import type { TextSink } from './text-sink.ts'
import { hubObject, versionSuffix } from './version-form.ts'

/**
 * What a row of a Table needs of its object, made once for each revision:
 *
 *     where its metadata ends (4 bytes, 0: elsewhere than usual)   `{"cells":[…],"conditions":[…]` with `\0` and 8 bytes for each age
 *
 * The 8 bytes are the time that the age counts from; it is printed for each answer. A JSON text holds no `\0` itself.
 */
const head = 4
const timeSize = 8
const metadataMember = '"metadata":'

/** Any time that shows which durations grow with it. */
const later = 3_600_000

/** Takes rows. Ages are printed as of the answer's time. */
export interface RowSink extends TextSink {
  age(time: number): void
}

/** Prints ages as they come. */
export class AgedText implements RowSink {
  readonly #body: TextSink
  readonly #now: number

  constructor(body: TextSink, now: number) {
    this.#body = body
    this.#now = now
  }

  text(text: string): void {
    this.#body.text(text)
  }

  bytes(source: Uint8Array, from: number, to?: number): void {
    this.#body.bytes(source, from, to)
  }

  age(time: number): void {
    this.#body.text(humanDuration(this.#now - time))
  }
}

/** Writes the row of a stored object, from its facts. False when there are none: the row has to be made of the parsed object. */
export function writeRow(
  rest: Rest,
  body: RowSink,
  entry: ResourceEntry,
  version: string,
  one: Entry,
  include: IncludeObject,
  now: number,
): boolean {
  if (include === 'Object') return false
  const facts = one.form(`row${versionSuffix(entry)}`, () => rowFacts(rest, entry, one, now)) as Buffer
  if (facts.length <= head) return false
  const metadataEnd = facts.readUInt32LE(0)
  if (include === 'Metadata' && (metadataEnd === 0 || entry.annotationOfBody !== undefined)) return false
  writeCells(body, facts)
  if (include === 'None') {
    body.text(',"object":null}')
    return true
  }
  const { bytes, spliceAt } = one
  body.text(`,"object":{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/${version}",`)
  body.bytes(bytes, metadataStart(entry), spliceAt)
  body.text(resourceVersionMember(bytes, spliceAt, one.modRevision))
  body.bytes(bytes, spliceAt, metadataEnd)
  body.text('}}')
  return true
}

function writeCells(body: RowSink, facts: Buffer): void {
  let at = head
  for (;;) {
    const age = facts.indexOf(0, at)
    if (age === -1) break
    body.bytes(facts, at, age)
    body.age(facts.readDoubleLE(age + 1))
    at = age + 1 + timeSize
  }
  body.bytes(facts, at)
}

/** Only the length before the facts when rows of this object cannot be kept. */
function rowFacts(rest: Rest, entry: ResourceEntry, one: Entry, now: number): Buffer {
  const object = hubObject(rest, entry, one.bytes, one.modRevision)
  const parts = cellParts(entry, object, now)
  return Buffer.concat([lengthOf(metadataEndOf(entry, one)), ...(parts ?? [])])
}

function lengthOf(end: number): Buffer {
  const bytes = Buffer.alloc(head)
  bytes.writeUInt32LE(end)
  return bytes
}

const metadataStart = (entry: ResourceEntry) => objectHead(entry).length - 1 - metadataMember.length

/** How stored bytes begin, to the brace of their metadata. */
function objectHead(entry: ResourceEntry): string {
  const hub = entry.hub?.entry ?? entry
  return `{"kind":"${hub.kind}","apiVersion":"${groupVersion(hub)}",${metadataMember}{`
}

function metadataEndOf(entry: ResourceEntry, { bytes, spliceAt }: Entry): number {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const start = objectHead(entry)
  if (buffer.toString('latin1', 0, start.length) !== start) return 0
  const end = afterNested(buffer, start.length - 1)
  // rows show metadata without what belongs to the body
  const hidden = entry.annotationOfBody
  if (hidden !== undefined && buffer.subarray(0, end).includes(`"${hidden}":`)) return 0
  return spliceAt >= start.length && spliceAt < end ? end : 0
}

/** The cells as JSON, cut where ages stand. Undefined when that cannot be told. */
function cellParts(entry: ResourceEntry, object: KubeObject, now: number): Buffer[] | undefined {
  const print = (at: number) => {
    const cells = entry.cells(object, at)
    const conditions = entry.rowConditions?.(object) ?? []
    return encodeJson(conditions.length === 0 ? { cells } : { cells, conditions }).slice(0, -1)
  }
  // somebody's text has our marks
  if (print(now).includes(recordOpen)) return undefined
  const first = recordDurations(() => print(now))
  const second = recordDurations(() => print(now + later))
  if (first.value !== second.value) return undefined
  const parts: Buffer[] = []
  for (const [i, text] of first.value.split(recordOpen).entries()) {
    if (i === 0) {
      parts.push(Buffer.from(text))
      continue
    }
    const close = text.indexOf(recordClose)
    const which = Number(text.slice(0, close))
    const duration = first.durations[which] ?? Number.NaN
    // what does not grow with the time is no age
    const grows = (second.durations[which] ?? Number.NaN) - duration === later
    parts.push(
      grows ? timeMark(now - duration) : Buffer.from(humanDuration(duration)),
      Buffer.from(text.slice(close + 1)),
    )
  }
  return parts
}

function timeMark(time: number): Buffer {
  const bytes = Buffer.alloc(1 + timeSize)
  bytes.writeDoubleLE(time, 1)
  return bytes
}
