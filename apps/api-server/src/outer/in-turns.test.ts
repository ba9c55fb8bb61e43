import { builtinCatalogue, createOpenApi } from '@kubets/api-types'
import { expect, it } from 'vitest'
import { inTurns } from './in-turns.ts'

it('lets others go on between the steps of long work', { timeout: 30_000 }, async () => {
  let turns = 0
  const counting = setInterval(() => turns++, 0)
  function* work() {
    // ends as soon as others had their turns; work that lets nobody go on would never end
    for (const began = performance.now(); turns < 2; ) {
      if (performance.now() - began > 20_000) return 'nobody had a turn'
      yield
    }
    return 'done'
  }
  expect(await inTurns(work())).toBe('done')
  clearInterval(counting)
})

it('gives the same document as work at once', async () => {
  const [a, b] = [createOpenApi({ catalogue: builtinCatalogue }), createOpenApi({ catalogue: builtinCatalogue })]
  expect((await inTurns(a.v3Steps('api/v1'))).hash).toBe(b.v3('api/v1').hash)
  expect(JSON.parse((await inTurns(a.v2Steps())).json)).toEqual(JSON.parse(b.v2().json))
  await expect(inTurns(a.v3Steps('apis/nowhere/v1'))).rejects.toThrow('there is no document')
})
