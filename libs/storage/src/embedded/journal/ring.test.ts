import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Ring } from './ring.ts'

test('records stand behind one another, then at the beginning again, as soon as that is free', () => {
  const ring = new Ring(10)
  expect([ring.take(4), ring.take(4), ring.take(4)]).toEqual([0, 4, undefined])
  ring.free(1)
  expect([ring.take(5), ring.take(4), ring.used]).toEqual([undefined, 0, 10])
  ring.free(1)
  expect([ring.used, ring.take(6), ring.take(1)]).toEqual([4, 4, undefined])
  ring.free(2)
  expect([ring.used, ring.take(11), ring.take(10)]).toEqual([0, undefined, 0])
})

test('no record ever stands on one that is needed, and none is refused for which there is room in one piece', () => {
  const length = 64
  const step = fc.oneof(
    fc.record({ take: fc.integer({ min: 1, max: length }) }),
    fc.record({ free: fc.integer({ min: 0, max: 5 }) }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), steps => {
      const ring = new Ring(length)
      const needed: { start: number; end: number }[] = []
      for (const one of steps) {
        if ('free' in one) {
          const count = Math.min(one.free, needed.length)
          ring.free(count)
          needed.splice(0, count)
          continue
        }
        const start = ring.take(one.take)
        if (start === undefined) {
          if (needed.length === 0) expect(one.take).toBeGreaterThan(length)
          continue
        }
        const end = start + one.take
        expect(end).toBeLessThanOrEqual(length)
        for (const other of needed) expect(end <= other.start || start >= other.end).toBe(true)
        needed.push({ start, end })
        expect(ring.used).toBeLessThanOrEqual(length)
      }
    }),
  )
})
