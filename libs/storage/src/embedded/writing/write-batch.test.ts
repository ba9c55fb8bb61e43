import fc from 'fast-check'
import { expect, test } from 'vitest'
import { leaseKeys, positionKeys, stringKeys } from '../codec.ts'
import { applyBatch, type TableKeys, type TableName, tableNames, WriteBatch } from './write-batch.ts'

type Write = { [T in TableName]: { table: T; key: TableKeys[T]; value: Uint8Array | undefined } }[TableName]

const value = fc.option(fc.uint8Array({ maxLength: 20_000 }), { nil: undefined })
const text = fc.string({ minLength: 1, maxLength: 300, unit: 'grapheme' })
const position = fc.record({ revision: fc.integer({ min: 1, max: 2 ** 50 }), sub: fc.nat(2 ** 20) })
const writes: fc.Arbitrary<Write> = fc.oneof(
  fc.record({ table: fc.constant('keys' as const), key: text, value }),
  fc.record({ table: fc.constantFrom('log' as const, 'values' as const), key: position, value }),
  fc.record({ table: fc.constant('leases' as const), key: fc.bigInt(1n, 2n ** 62n), value }),
  fc.record({ table: fc.constant('meta' as const), key: text, value }),
)

const encodedKey = ({ table, key }: Write): string => {
  const bytes = Buffer.alloc(4_000)
  const end =
    table === 'log' || table === 'values'
      ? positionKeys.writeKey(key, bytes, 0)
      : table === 'leases'
        ? leaseKeys.writeKey(key, bytes, 0)
        : stringKeys.writeKey(key as string, bytes, 0)
  return bytes.toString('latin1', 0, end)
}

/** What tables are told, as text. */
function applied(batch: WriteBatch): string[] {
  const told: string[] = []
  const tables = tableNames.map(name => ({
    put: (key: Buffer, bytes: Buffer) => told.push(`${name} ${key.toString('latin1')} ${bytes.toString('hex')}`),
    remove: (key: Buffer) => told.push(`${name} ${key.toString('latin1')} gone`),
  }))
  applyBatch(batch.memory, batch.length, tables)
  return told
}

function filled(batch: WriteBatch, all: readonly Write[]): WriteBatch {
  for (const { table, key, value } of all)
    if (value === undefined) batch.remove(table, key as never)
    else batch.put(table, key as never, value)
  return batch
}

const expected = (all: readonly Write[]) =>
  all.map(
    write =>
      `${write.table} ${encodedKey(write)} ${write.value === undefined ? 'gone' : Buffer.from(write.value).toString('hex')}`,
  )

test('what is written into a batch is done in its order, whatever its size, and again when it was emptied', () => {
  fc.assert(
    fc.property(fc.array(writes, { maxLength: 40 }), fc.array(writes, { maxLength: 10 }), (first, second) => {
      const batch = filled(new WriteBatch(), first)
      expect(applied(batch)).toEqual(expected(first))
      batch.refill(batch.memory)
      expect(applied(filled(batch, second))).toEqual(expected(second))
    }),
  )
})

test('memory that has grown large is not kept', () => {
  const batch = new WriteBatch()
  for (let i = 0; i < 6; i++) batch.put('values', { revision: i + 1, sub: 0 }, new Uint8Array(1_000_000))
  expect(batch.memory.byteLength).toBeGreaterThan(6_000_000)
  batch.refill(batch.memory)
  expect(batch.memory.byteLength).toBeLessThan(1_000_000)
})
