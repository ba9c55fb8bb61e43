import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type OpenedDatabase, openDatabase } from '../database.ts'
import { dictionary } from '../dictionary.ts'
import { packingTables, rawTables } from './raw-tables.ts'
import { type RawTable, tableNames } from './write-batch.ts'

let directory: string
let db: OpenedDatabase
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'kubets-raw-tables-'))
  db = openDatabase(directory, 'unsynced')
})
afterEach(async () => {
  await db.root.close()
  rmSync(directory, { recursive: true })
})

const valuesOf = (tables: readonly RawTable[]) => tables[tableNames.indexOf('values')] as RawTable

interface Readable {
  get(key: Buffer): Buffer | undefined
}

const keyOf = (i: number) => {
  const bytes = Buffer.alloc(16)
  bytes.writeUInt32BE(i + 1, 0)
  return bytes
}

/** What readers find, who unpack by lmdb. */
function written(values: readonly Uint8Array[], by: RawTable): (Buffer | undefined)[] {
  db.root.transactionSync(() => {
    for (const [i, value] of values.entries()) by.put(keyOf(i), Buffer.from(value))
  })
  const read = valuesOf(rawTables(db.root)) as unknown as Readable
  return values.map((_, i) => read.get(keyOf(i)))
}

const piece = fc.oneof(
  fc.uint8Array({ maxLength: 30 }),
  fc.tuple(fc.nat(dictionary.length), fc.nat(400)).map(([at, length]) => dictionary.subarray(at, at + length)),
  fc.tuple(fc.nat(255), fc.nat(3_000)).map(([byte, times]) => new Uint8Array(times).fill(byte)),
)
/** Text with repetitions of itself and of the dictionary, as long as any of both tables' ways. */
const value = fc.oneof(
  { weight: 6, arbitrary: fc.array(piece, { maxLength: 60 }).map(pieces => Buffer.concat([...pieces, ...pieces])) },
  { weight: 1, arbitrary: fc.uint8Array({ minLength: 490, maxLength: 510 }) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.uint8Array({ minLength: 50, maxLength: 5_000 }), fc.integer({ min: 59_900, max: 60_200 }))
      .map(([some, length]) => Buffer.alloc(length, some)),
  },
)

test('what a thread packs lmdb unpacks', () => {
  const table = valuesOf(packingTables(db.root))
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 8 }), values => {
      for (const [i, found] of written(values, table).entries())
        expect(Buffer.compare(found ?? Buffer.alloc(0), values[i] as Uint8Array)).toBe(0)
    }),
  )
})

test('a first byte that lmdb takes for a packed value comes back', () => {
  const values = [250, 254, 255].flatMap(first =>
    [1, 10, 499, 500, 70_000].map(length => Buffer.alloc(length, 7).fill(first, 0, 1)),
  )
  const found = written(values, valuesOf(packingTables(db.root)))
  expect(found.map(bytes => bytes?.toString('hex'))).toEqual(values.map(bytes => bytes.toString('hex')))
})

test('what stands in the file is as short as what lmdb packs', () => {
  const bytes = (by: RawTable) => {
    written(pods, by)
    const asTheyLie = db.root.openDB({
      name: 'values',
      encoding: 'binary',
      keyEncoding: 'binary',
    }) as unknown as Readable
    return pods.reduce((sum, _, i) => sum + (asTheyLie.get(keyOf(i))?.length ?? 0), 0)
  }
  const pods = Array.from({ length: 50 }, (_, i) =>
    Buffer.concat(
      Array.from({ length: 40 }, (_, j) => [
        dictionary.subarray((i * 101 + j * 397) % 5_000).subarray(0, 90),
        Buffer.from(`"${i * 7_919}-${(j % 9) * 104_729}"`),
      ]).flat(),
    ),
  )
  const byLmdb = bytes(valuesOf(rawTables(db.root)))
  expect(byLmdb).toBeLessThan(pods.reduce((sum, pod) => sum + pod.length, 0) / 2)
  expect(bytes(valuesOf(packingTables(db.root)))).toBeLessThan(byLmdb * 1.05)
})
