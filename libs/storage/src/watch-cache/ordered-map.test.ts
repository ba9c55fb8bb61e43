import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type MapView, OrderedMap } from './ordered-map.ts'

const end = '\uffff'

const same = (view: MapView<number>, model: ReadonlyMap<string, number>) => {
  const keys = [...model.keys()].sort()
  expect([...view.range('', end)]).toEqual(keys.map(key => model.get(key)))
  expect(view.count('', end)).toBe(keys.length)
  expect(view.size).toBe(keys.length)
  for (let i = 0; i < keys.length; i += 17) {
    const [from, to] = [keys[i] as string, keys[Math.min(i + 40, keys.length - 1)] as string]
    const wanted = keys.filter(key => key >= from && key < to)
    expect([...view.range(from, to)]).toEqual(wanted.map(key => model.get(key)))
    expect(view.count(from, to)).toBe(wanted.length)
    expect(view.get(from)).toBe(model.get(from))
  }
  expect(view.get('missing')).toBeUndefined()
}

test('is a sorted map, and its views stay as they were', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          from: fc.nat(600),
          count: fc.nat(120),
          remove: fc.boolean(),
          step: fc.integer({ min: 1, max: 7 }),
        }),
        { maxLength: 30 },
      ),
      rounds => {
        const map = new OrderedMap<number>()
        const model = new Map<string, number>()
        const views: { view: MapView<number>; model: Map<string, number> }[] = []
        let value = 0
        for (const { from, count, remove, step } of rounds) {
          for (let i = 0; i < count; i++) {
            const key = `k${String((from + i * step) % 700).padStart(4, '0')}`
            if (remove) {
              expect(map.delete(key)).toBe(model.get(key))
              model.delete(key)
            } else {
              expect(map.set(key, ++value)).toBe(model.get(key))
              model.set(key, value)
            }
          }
          views.push({ view: map.view(), model: new Map(model) })
        }
        for (const { view, model } of views) same(view, model)
      },
    ),
    { numRuns: 100 },
  )
})

test('is filled with keys in order, and a copy of a view changes neither', () => {
  const entries = Array.from({ length: 1_050 }, (_, i) => [`k${String(i).padStart(5, '0')}`, i] as const)
  const map = new OrderedMap<number>()
  for (const [key, value] of entries) map.append(key, value)
  const view = map.view()
  same(view, new Map(entries))
  const copy = new OrderedMap(view)
  copy.set('k00500', -1)
  copy.delete('k00501')
  map.delete('k00001')
  same(view, new Map(entries))
  expect([map.size, copy.size, copy.get('k00500'), map.get('k00500')]).toEqual([1_049, 1_049, -1, 500])
})
