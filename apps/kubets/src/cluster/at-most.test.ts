import { expect, test } from 'vitest'
import { atMost } from './at-most.ts'

test.each([
  [0, 1],
  [1, 1],
  [2, 2],
  [9, 3],
])('with a limit of %i, %i of three run at a time, in their order', async (limit, most) => {
  let running = 0
  let seen = 0
  const order: string[] = []
  await atMost(limit, ['a', 'b', 'c'], async item => {
    order.push(item)
    seen = Math.max(seen, ++running)
    await new Promise(resolve => setImmediate(resolve))
    running--
  })
  expect({ seen, order }).toEqual({ seen: most, order: ['a', 'b', 'c'] })
})

test('after a failure nothing new begins', async () => {
  const begun: string[] = []
  const all = atMost(1, ['a', 'b'], async item => {
    begun.push(item)
    throw new Error(`no ${item}`)
  })
  await expect(all).rejects.toThrow('no a')
  expect(begun).toEqual(['a'])
})
