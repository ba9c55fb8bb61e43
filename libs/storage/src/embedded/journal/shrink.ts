import { closeSync, fsyncSync, ftruncateSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { journalFile } from './journal-file.ts'
import { alignment, type JournalRecord, spaceOf } from './record.ts'

/** A record, and where in the file it begins. */
export interface PlacedRecord extends JournalRecord {
  readonly at: number
}

interface Gap {
  start: number
  readonly end: number
}

/**
 * Gives the disk back what the journal's file has behind the records that are still needed. The last ones move before the others, where there is room for them; whenever
 * the machine stops, each stands in the file, perhaps twice. `file`: as it stands there.
 */
export function shrinkJournal(directory: string, file: Buffer, needed: readonly PlacedRecord[]): void {
  const records = [...needed].sort((one, other) => one.at - other.at)
  const gaps = gapsBetween(records)
  const handle = openSync(join(directory, journalFile), 'r+')
  try {
    // an empty file would look like one that somebody emptied
    let end = alignment
    for (let last = records.pop(); last !== undefined; last = records.pop()) {
      const { at, batch } = last
      const space = spaceOf(batch.length)
      const gap = gaps.find(one => one.start + space <= Math.min(one.end, at))
      if (gap === undefined) {
        end = Math.max(end, at + space)
        break
      }
      writeSync(handle, file, at, space, gap.start)
      gap.start += space
      end = Math.max(end, gap.start)
    }
    fsyncSync(handle)
    ftruncateSync(handle, end)
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

function gapsBetween(records: readonly PlacedRecord[]): Gap[] {
  const gaps: Gap[] = []
  let start = 0
  for (const { at, batch } of records) {
    if (at > start) gaps.push({ start, end: at })
    start = at + spaceOf(batch.length)
  }
  return gaps
}
