import { expect, test } from 'vitest'
import { newUid } from './new-uid.ts'
import { randomBelow } from './random-bytes.ts'

test('uids are random UUIDs of version 4, and no two are the same', () => {
  const uids = Array.from({ length: 2_000 }, newUid)
  for (const uid of uids) expect(uid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  expect(new Set(uids).size).toBe(uids.length)
})

test('each integer below the bound comes, and none beyond', () => {
  const seen = new Set(Array.from({ length: 20_000 }, () => randomBelow(27)))
  expect([...seen].sort((a, b) => a - b)).toEqual(Array.from({ length: 27 }, (_, i) => i))
})
