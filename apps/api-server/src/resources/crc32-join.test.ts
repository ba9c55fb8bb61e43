import { randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { crcShift, joinCrc } from './crc32-join.ts'

describe('the CRC of joined texts', () => {
  it.each([
    [0, 0],
    [5, 0],
    [0, 5],
    [1, 1],
    [3, 65_537],
    [70_000, 1],
    [100_001, 99_999],
  ])('of %i and %i bytes is that of the whole', (first, second) => {
    const [a, b] = [randomBytes(first), randomBytes(second)]
    expect(joinCrc(crc32(a), crc32(b), crcShift(b.length))).toBe(crc32(Buffer.concat([a, b])))
  })
})
