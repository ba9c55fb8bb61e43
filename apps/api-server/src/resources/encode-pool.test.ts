import { expect, it } from 'vitest'
import { EncodePool } from './encode-pool.ts'

it.each([0, 10, 5_000, 20_000])('keeps texts of %d characters apart', length => {
  const pool = new EncodePool()
  const texts = Array.from({ length: 40 }, (_, i) => `${i}ü${'x'.repeat(length)}€`)
  const encoded = texts.map(text => pool.copy(Buffer.from(text)))
  expect(encoded.map(bytes => bytes.toString())).toEqual(texts)
})
