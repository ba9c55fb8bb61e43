import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { KeyValue } from '../../key-value-store.ts'
import { BatchReader, BatchWriter } from './batch.ts'
import type { Batch } from './contract.ts'

function written(kvs: readonly KeyValue[]): Batch[] {
  const batches: Batch[] = []
  const writer = new BatchWriter(batch => batches.push(batch))
  for (const [i, kv] of kvs.entries()) writer.add(kv, kvs.length - i)
  writer.end()
  writer.end()
  return batches
}

function readAgain(batches: readonly Batch[]): { kv: KeyValue; place: number }[] {
  return batches.flatMap(batch => {
    const reader = new BatchReader(batch)
    const found: { kv: KeyValue; place: number }[] = []
    for (let kv = reader.next(); kv !== undefined; kv = reader.next()) found.push({ kv, place: reader.place })
    return found
  })
}

const revision = fc.oneof(fc.nat(), fc.maxSafeNat())
const keyValue = fc.record({
  key: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }),
  value: fc.uint8Array({ maxLength: 300 }),
  createRevision: revision,
  modRevision: revision,
  lease: fc.oneof(fc.constant(0n), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
})

test('what is put into batches comes out of them, in order and with its place', () => {
  fc.assert(
    fc.property(fc.array(keyValue, { maxLength: 60 }), kvs => {
      expect(readAgain(written(kvs))).toEqual(kvs.map((kv, i) => ({ kv, place: kvs.length - i })))
    }),
  )
})

const one = (key: string, size: number): KeyValue => ({
  key,
  value: new Uint8Array(size).fill(key.length),
  createRevision: 1,
  modRevision: 1,
  lease: 0n,
})

test.each([
  ['nothing', 0, 0, 0],
  ['as many as fill a slab', 4, 2 ** 18, 1],
  ['one more', 5, 2 ** 18, 2],
  ['what does not fit beside another', 3, 2 ** 20 - 1, 3],
  ['values that are larger than a slab', 2, 1.5 * 2 ** 20, 2],
  ['as many of no bytes as a batch may have', 8_192, 0, 1],
  ['more of them', 8_193, 0, 2],
])('a batch ends where its slab is full: %s', (_, count, size, batches) => {
  const kvs = Array.from({ length: count }, (_, i) => one(`/registry/pods/default/${i}`, size))
  const found = written(kvs)
  expect(found).toHaveLength(batches)
  expect(readAgain(found).map(({ kv }) => [kv.key, kv.value.length])).toEqual(kvs.map(kv => [kv.key, kv.value.length]))
})

test('keys of any length have room', () => {
  const kvs = Array.from({ length: 100 }, (_, i) => one(`${i}${'ключ'.repeat(470)}`, 1))
  expect(readAgain(written(kvs)).map(({ kv }) => kv.key)).toEqual(kvs.map(kv => kv.key))
})
