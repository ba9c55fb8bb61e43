import type { ResourceEntry } from '@kubets/api-types'
import { humanDuration } from '@kubets/apimachinery'
import type { Entry, Stretch } from '@kubets/storage'
import type { ChunkedBody } from './chunked-body.ts'
import type { Rest } from './rest.ts'
import { type RowSink, writeRow } from './row-facts.ts'
import type { IncludeObject } from './table.ts'
import { TextBuffer } from './text-sink.ts'
import { versionSuffix } from './version-form.ts'

/**
 * The rows of a stretch, with commas between them, as they are kept for whoever lists them again:
 *
 *     number of ages (4 bytes)   for each: where it stands in the text (4), the time that it counts from (8)   the text without ages
 *
 * Nothing at all where a row has to be made of its parsed object.
 */
const countSize = 4
const ageSize = 12

const none = Buffer.alloc(0)

/** Kept with the stretch until nobody has asked for it for a minute. */
export function keptRows(
  rest: Rest,
  entry: ResourceEntry,
  version: string,
  include: IncludeObject,
  now: number,
): (stretch: Stretch) => Buffer | Promise<Buffer> {
  const name = `rows:${version}:${include}${versionSuffix(entry)}`
  const make = (stretch: Stretch) => makeRows(rest, entry, version, include, now, stretch.entries)
  return stretch => rest.segments.get(stretch, name, make, 'passing')
}

class RowBuffer extends TextBuffer implements RowSink {
  readonly ages: { at: number; time: number }[] = []

  age(time: number): void {
    this.ages.push({ at: this.length, time })
  }
}

async function makeRows(
  rest: Rest,
  entry: ResourceEntry,
  version: string,
  include: IncludeObject,
  now: number,
  entries: readonly Entry[],
): Promise<Buffer> {
  const text = new RowBuffer(entries.length * 1_024)
  for (const [i, one] of entries.entries()) {
    if (rest.turns.over) await rest.turns.next()
    if (i > 0) text.text(',')
    if (!writeRow(rest, text, entry, version, one, include, now)) return none
  }
  const { ages } = text
  const front = Buffer.allocUnsafe(countSize + ages.length * ageSize)
  front.writeUInt32LE(ages.length)
  for (const [i, { at, time }] of ages.entries()) {
    front.writeUInt32LE(at, countSize + i * ageSize)
    front.writeDoubleLE(time, countSize + i * ageSize + 4)
  }
  return Buffer.concat([front, text.written])
}

/** Writes kept rows with the ages of `now`. */
export async function writeKeptRows(rest: Rest, body: ChunkedBody, rows: Buffer, now: number): Promise<void> {
  const count = rows.readUInt32LE(0)
  const start = countSize + count * ageSize
  let from = start
  // neighbours were often made at the same time
  let last = Number.NaN
  let text = ''
  for (let i = 0, at = countSize; i < count; i++, at += ageSize) {
    const to = start + rows.readUInt32LE(at)
    const time = rows.readDoubleLE(at + 4)
    if (time !== last) {
      text = humanDuration(now - time)
      last = time
    }
    body.bytes(rows, from, to)
    body.text(text)
    from = to
    if (body.mustWait) await body.drained()
    if (i % 16 === 15 && rest.turns.over) await rest.turns.next()
    if (body.closed) return
  }
  body.bytes(rows, from)
  if (body.mustWait) await body.drained()
}
