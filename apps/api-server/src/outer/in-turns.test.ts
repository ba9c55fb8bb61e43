import { builtinCatalogue, createOpenApi } from '@kubets/api-types'
import { expect, it } from 'vitest'
import { inTurns } from './in-turns.ts'

it('lets others go on between the steps of long work', async () => {
  let turns = 0
  const counting = setInterval(() => turns++, 0)
  function* work() {
    const began = performance.now()
    while (performance.now() - began < 60) yield
    return 'done'
  }
  expect(await inTurns(work())).toBe('done')
  clearInterval(counting)
  expect(turns).toBeGreaterThan(1)
})

it('gives the same document as work at once', async () => {
  const [a, b] = [createOpenApi({ catalogue: builtinCatalogue }), createOpenApi({ catalogue: builtinCatalogue })]
  expect((await inTurns(a.v3Steps('api/v1'))).hash).toBe(b.v3('api/v1').hash)
  expect(JSON.parse((await inTurns(a.v2Steps())).json)).toEqual(JSON.parse(b.v2().json))
  await expect(inTurns(a.v3Steps('apis/nowhere/v1'))).rejects.toThrow('there is no document')
})
