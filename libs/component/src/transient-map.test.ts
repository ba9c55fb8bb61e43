import { expect, it } from 'vitest'
import { TransientMap } from './transient-map.ts'

it('holds what a map holds, in its order, however much comes and goes', () => {
  const [map, plain] = [new TransientMap<number, string>(), new Map<number, string>()]
  for (let i = 0; i < 5_000; i++) {
    map.set(i, `v${i}`)
    plain.set(i, `v${i}`)
    const gone = i - (i % 7 === 0 ? 400 : 30)
    expect(map.delete(gone)).toBe(plain.delete(gone))
    if (i % 500 === 0) expect([...map.keys()]).toEqual([...plain.keys()])
  }
  expect(map.size).toBe(plain.size)
  for (const [key, value] of plain) expect(map.get(key)).toBe(value)
  map.clear()
  expect([map.size, map.get(4_999), [...map.keys()]]).toEqual([0, undefined, []])
})

it('may be deleted from while its keys are told', () => {
  const map = new TransientMap<number, true>()
  for (let i = 0; i < 1_000; i++) map.set(i, true)
  const told: number[] = []
  for (const key of map.keys()) {
    told.push(key)
    expect(map.delete(key)).toBe(true)
  }
  expect([told.length, map.size]).toEqual([1_000, 0])
})
