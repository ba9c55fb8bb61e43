import { describe, expect, test } from 'vitest'
import { RequestTooLargeError, TooManyWritesError } from '../key-value-store.ts'
import { bytes, type Fixture, text } from './fixture.ts'

/** Writes that happen only if the key is as the writer saw it. */
export function writes(on: Fixture): void {
  const { put, list } = on
  describe('compare and write', () => {
    test('a put with an old revision changes nothing and tells what stands there', async () => {
      const r1 = await put('/test/a', 'one')
      const r2 = await put('/test/a', 'two', r1)
      const lost = await on.store.put({ key: '/test/a', value: bytes('three'), expected: r1 })
      expect(lost).toMatchObject({ ok: false, revision: r2, current: { modRevision: r2, createRevision: r1 } })
      expect(!lost.ok && text(lost.current?.value)).toBe('two')
      expect(await on.store.revision()).toBe(r2)
    })

    test('a create of what exists, an update and a delete of what does not, fail', async () => {
      const r1 = await put('/test/a', 'one')
      expect(await on.store.put({ key: '/test/a', value: bytes('x'), expected: 0 })).toMatchObject({ ok: false })
      expect(await on.store.put({ key: '/test/b', value: bytes('x'), expected: r1 })).toMatchObject({
        ok: false,
        current: undefined,
      })
      expect(await on.store.delete({ key: '/test/b', expected: r1 })).toMatchObject({ ok: false, current: undefined })
      expect(await on.store.delete({ key: '/test/a', expected: r1 - 1 })).toMatchObject({
        ok: false,
        current: { modRevision: r1 },
      })
      expect(await on.store.revision()).toBe(r1)
    })

    test('of writers racing for one key exactly one wins each round', async () => {
      let revision = 0
      for (let round = 0; round < 10; round++) {
        const results = await Promise.all(
          Array.from({ length: 8 }, (_, i) =>
            on.store.put({ key: '/test/a', value: bytes(`${round}-${i}`), expected: revision }),
          ),
        )
        const won = results.filter(result => result.ok)
        expect(won).toHaveLength(1)
        revision = won[0]?.revision ?? 0
        for (const result of results)
          if (!result.ok) {
            expect(result.current?.modRevision).toBe(revision)
            expect(result.revision).toBeGreaterThanOrEqual(revision)
          }
      }
    })

    test('a delete racing with a put: one of them wins', async () => {
      for (let round = 0; round < 10; round++) {
        const expected = await put(`/test/${round}`, 'x')
        const [gone, changed] = await Promise.all([
          on.store.delete({ key: `/test/${round}`, expected }),
          on.store.put({ key: `/test/${round}`, value: bytes('y'), expected }),
        ])
        expect([gone.ok, changed.ok].filter(Boolean)).toHaveLength(1)
        expect((await on.store.get(`/test/${round}`)).kv !== undefined).toBe(changed.ok)
      }
    })

    test('read-modify-write by 16 writers loses no increment', async () => {
      await put('/test/n', '0')
      await Promise.all(
        Array.from({ length: 16 }, async () => {
          let current = (await on.store.get('/test/n')).kv
          for (let done = 0; done < 5; ) {
            const value = bytes(String(Number(text(current?.value)) + 1))
            const result = await on.store.put({ key: '/test/n', value, expected: current?.modRevision ?? 0 })
            if (result.ok) {
              done++
              current = (await on.store.get('/test/n')).kv
            } else current = result.current
          }
        }),
      )
      expect(text((await on.store.get('/test/n')).kv?.value)).toBe('80')
    })

    test('createAll writes all keys at one revision, or none', async () => {
      const writes = ['a', 'b', 'c'].map(key => ({ key: `/test/${key}`, value: bytes(key) }))
      const start = await on.store.revision()
      expect(await on.store.createAll(writes)).toBe(true)
      const r = start + 1
      expect(await list()).toEqual([`a=a@${r}/${r}`, `b=b@${r}/${r}`, `c=c@${r}/${r}`])
      expect(await on.store.createAll([{ key: '/test/z', value: bytes('z') }, ...writes])).toBe(false)
      expect((await on.store.get('/test/z')).kv).toBeUndefined()
      expect(await on.store.revision()).toBe(r)
    })

    test('createAll takes 128 keys and refuses more, twice the same key, and more than one request holds', async () => {
      const many = (count: number, value: Uint8Array) =>
        Array.from({ length: count }, (_, i) => ({ key: `/test/${i}`, value }))
      await expect(on.store.createAll(many(129, bytes('x')))).rejects.toThrow(TooManyWritesError)
      await expect(on.store.createAll(many(2, Buffer.alloc(1024 * 1024)))).rejects.toThrow(RequestTooLargeError)
      const twice = { key: '/test/twice', value: bytes('x') }
      await expect(on.store.createAll([twice, twice])).rejects.toThrow('duplicate key')
      expect(await list()).toEqual([])
      expect(await on.store.createAll(many(128, bytes('x')))).toBe(true)
      expect(await list()).toHaveLength(128)
    })

    test('a request above 1.5 MiB is refused', async () => {
      const value = Buffer.alloc(1.5 * 1024 * 1024 + 1024)
      await expect(on.store.put({ key: '/test/a', value, expected: 0 })).rejects.toThrow(RequestTooLargeError)
      await put('/test/b', 'x')
      expect((await on.store.get('/test/a')).kv).toBeUndefined()
    })
  })
}
