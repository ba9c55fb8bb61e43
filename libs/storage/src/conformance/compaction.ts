import { describe, expect, test } from 'vitest'
import { CompactedError, FutureRevisionError } from '../key-value-store.ts'
import type { Fixture } from './fixture.ts'

/** Forgetting history. */
export function compaction(on: Fixture): void {
  const { put, remove, list, watch } = on
  describe('compaction', () => {
    test('reads and watches from before it fail, the present stays', async () => {
      const r1 = await put('/test/a', '1')
      const r2 = await put('/test/a', '2', r1)
      const b = await put('/test/b', '1')
      const r3 = await put('/test/a', '3', r2)
      await on.store.compact(b)
      await expect(on.store.get('/test/a', { revision: r1 })).rejects.toThrow(CompactedError)
      await expect(on.store.range({ start: '/test/', end: '/test0', revision: r2 })).rejects.toThrow(CompactedError)
      expect(await list(b)).toEqual([`a=2@${r1}/${r2}`, `b=1@${b}/${b}`])
      expect(await list()).toEqual([`a=3@${r1}/${r3}`, `b=1@${b}/${b}`])
      const seen = watch({ from: r1 })
      await expect.poll(() => seen.ended).toBeInstanceOf(CompactedError)
      expect(seen.events).toEqual([])
      const after = watch({ from: b + 1 })
      await after.until(r3)
      expect(after.lines()).toEqual([`put a=3 ${r1}/${r3}`])
    })

    test('deleted keys stay deleted, and can be created again', async () => {
      const a = await put('/test/a', '1')
      const gone = await remove('/test/a', a)
      const b = await put('/test/b', '1')
      await on.store.compact(b)
      expect(await list()).toEqual([`b=1@${b}/${b}`])
      expect(await put('/test/a', 'new')).toBe(gone + 2)
    })

    test('again at the same place, or in the future, is an error', async () => {
      const r = await put('/test/a', '1')
      await put('/test/b', '1')
      await on.store.compact(r)
      await expect(on.store.compact(r)).rejects.toThrow(CompactedError)
      await expect(on.store.compact(r + 100)).rejects.toThrow(FutureRevisionError)
    })

    test('a watch that is up to date goes on', async () => {
      const seen = watch({ from: (await on.store.revision()) + 1 })
      const r = await put('/test/a', '1')
      await seen.until(r)
      await on.store.compact(r)
      await seen.until(await put('/test/b', '1'))
      expect(seen.keys()).toEqual(['/test/a', '/test/b'])
      expect(seen.ended).toBeUndefined()
    })
  })
}
