import { setImmediate as turn } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { Turns } from './turns.ts'

it('takes one at once when nobody waits', () => {
  const taken: string[] = []
  new Turns<string>(3, one => taken.push(one) > 0).push('alone')
  expect(taken).toEqual(['alone'])
})

it('takes a few a turn, in order, when thousands come at once', async () => {
  const taken: number[] = []
  const turns = new Turns<number>(3, one => taken.push(one) > 0)
  const all = Array.from({ length: 5_000 }, (_, i) => i)
  for (const one of all) turns.push(one)
  expect(taken).toEqual([0])
  while (turns.size > 0) {
    const before = taken.length
    await turn()
    // two of our turns may lie between two of the loop's as a promise sees them
    expect(taken.length - before).toBeLessThanOrEqual(6)
  }
  expect(taken).toEqual(all)
})

it('passes over those that are no work', async () => {
  const taken: number[] = []
  const turns = new Turns<number>(3, one => {
    if (one % 1_000 !== 0) return false
    taken.push(one)
    return true
  })
  for (let i = 0; i < 3_000; i++) turns.push(i)
  await turn()
  await turn()
  expect(taken).toEqual([0, 1_000, 2_000])
})

it('waits while none may be taken', async () => {
  let open = false
  const taken: string[] = []
  const turns = new Turns<string>(
    3,
    one => taken.push(one) > 0,
    () => open,
  )
  turns.push('patient')
  await turn()
  expect(taken).toEqual([])
  open = true
  turns.wake()
  expect(taken).toEqual(['patient'])
})
