import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import { parseHead } from './head.ts'
import { RequestBody } from './request-body.ts'

setFlagsFromString('--expose-gc')
const gc: () => void = runInNewContext('gc')

/** Bytes that are still held when `make` has returned. */
function held(make: () => unknown): number {
  gc()
  const before = process.memoryUsage()
  const made = make()
  gc()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  expect(made).toBeDefined()
  return heapUsed + arrayBuffers - before.heapUsed - before.arrayBuffers
}

const size = 256 * 1024

it('a body that comes byte by byte takes a few times its length, not a buffer for each byte', async () => {
  const body = new RequestBody(size)
  const taken = held(() => {
    for (let i = 0; i < size; i++) body.take(Buffer.from([i & 0xff]))
    return body
  })
  expect(taken).toBeLessThan(8 * size)
  const all = await body.read(size)
  expect(all.equals(Buffer.from(Array.from({ length: size }, (_, i) => i & 0xff)))).toBe(true)
})

it('a body in chunks of one byte takes a few times its length, not a buffer for each byte', async () => {
  const body = new RequestBody('chunked')
  const taken = held(() => {
    for (let i = 0; i < size / 1024; i++) body.take(Buffer.from('1\r\na\r\n'.repeat(1024)))
    return body
  })
  expect(taken).toBeLessThan(8 * size)
  body.take(Buffer.from('0\r\n\r\n'))
  expect((await body.read(size)).equals(Buffer.alloc(size, 'a'))).toBe(true)
})

it('of a head nothing is kept for the names that are remembered of it', () => {
  const taken = held(() => {
    for (let i = 0; i < 64; i++) parseHead(`GET / HTTP/1.1\r\nX-Some-Long-Name-${i}: ${'a'.repeat(size)}`, 10)
    return true
  })
  expect(taken).toBeLessThan(8 * size)
})
