import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { journalFile } from './journal-file.ts'
import { alignment, decodeRecord, encodeRecord, spaceOf } from './record.ts'
import { type PlacedRecord, shrinkJournal } from './shrink.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'kubets-shrink-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const pages = 32
const read = () => readFileSync(join(directory, journalFile))

/** Records of so many pages each, at these pages. */
function lay(...places: readonly (readonly [at: number, pages: number])[]): PlacedRecord[] {
  const file = Buffer.alloc(pages * alignment, 'older')
  const records = places.map(([at, size], i) => {
    const batch = Buffer.alloc(size * alignment - 28, `record ${i} `)
    encodeRecord(file.subarray(at * alignment), 7, i + 1, batch)
    return { number: i + 1, batch, at: at * alignment }
  })
  writeFileSync(join(directory, journalFile), file)
  return records
}

/** The numbers of all records that stand there, and how many pages there are. */
function left(): { numbers: number[]; pages: number } {
  const file = read()
  const numbers = new Set<number>()
  for (let at = 0; at < file.length; ) {
    const record = decodeRecord(file, at, 7)
    if (record !== undefined) numbers.add(record.number)
    at += record === undefined ? alignment : spaceOf(record.batch.length)
  }
  return { numbers: [...numbers].sort(), pages: file.length / alignment }
}

test.each([
  [
    'those at the beginning stay',
    [
      [0, 1],
      [1, 2],
    ],
    3,
  ],
  [
    'those in the middle move to the beginning',
    [
      [10, 1],
      [11, 2],
      [13, 1],
    ],
    4,
  ],
  [
    'those that went round come together',
    [
      [2, 2],
      [29, 3],
      [0, 2],
    ],
    7,
  ],
  [
    'one that finds no room stays, and those before it',
    [
      [6, 8],
      [0, 5],
    ],
    14,
  ],
  [
    'those that stand close stay',
    [
      [0, 16],
      [16, 16],
    ],
    32,
  ],
  ['without any a page is left', [], 1],
] as [string, [number, number][], number][])('%s', (_name, places, expected) => {
  const records = lay(...places)
  shrinkJournal(directory, read(), records)
  expect(left()).toEqual({ numbers: records.map(({ number }) => number), pages: expected })
})

test('before the file is shorter each record stands in it, whatever of the copies is there', () => {
  const records = lay([10, 1], [11, 2], [13, 1])
  const before = read()
  shrinkJournal(directory, before, records)
  const after = read()
  for (let torn = 0; torn <= after.length; torn += 512) {
    writeFileSync(join(directory, journalFile), Buffer.concat([after.subarray(0, torn), before.subarray(torn)]))
    expect(left().numbers, `${torn} bytes`).toEqual([1, 2, 3])
  }
})
