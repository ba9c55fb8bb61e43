import { expect, test } from 'vitest'
import { joinedFrames } from './joined-frames.ts'

const frames = (...texts: string[]) => texts.map(text => Buffer.from(text))
const join = (some: readonly Uint8Array[]) =>
  joinedFrames(
    some,
    some.reduce((sum, one) => sum + one.length, 0),
  )

test('watchers who are told the same frames share one piece, others have their own', () => {
  const [a, b, c] = frames('a', 'bb', 'ccc') as [Buffer, Buffer, Buffer]
  const first = join([a, b])
  expect(String(first)).toBe('abb')
  expect(join([a, b])).toBe(first)
  expect(String(join([a, b, c]))).toBe('abbccc')
  expect(String(join([b, a]))).toBe('bba')
  // equal texts are not the same frames: nobody compares bytes
  expect(join(frames('b', 'a'))).not.toBe(first)
  expect(String(join([a, b]))).toBe('abb')
})

test('a long burst is joined for each', () => {
  const long = [Buffer.alloc(400_000, 'x'), Buffer.alloc(400_000, 'y')]
  const first = join(long)
  expect(first.length).toBe(800_000)
  expect(join(long) === first).toBe(false)
})
