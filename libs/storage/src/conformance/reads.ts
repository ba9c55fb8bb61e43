import { describe, expect, test } from 'vitest'
import { FutureRevisionError, type KeyValue, type Revision } from '../key-value-store.ts'
import { bytes, type Fixture, text } from './fixture.ts'

/** What can be read: the present, the past, ranges. */
export function reads(on: Fixture): void {
  const { put, remove, list } = on
  describe('reads', () => {
    test('get gives the key-value with its revisions, or nothing', async () => {
      const before = await on.store.revision()
      expect(await on.store.get('/test/a')).toEqual({ kv: undefined, revision: before })
      const created = await put('/test/a', 'one')
      const changed = await put('/test/a', 'two', created)
      const { kv, revision } = await on.store.get('/test/a')
      expect(revision).toBe(changed)
      expect(kv).toMatchObject({ key: '/test/a', createRevision: created, modRevision: changed, lease: 0n })
      expect(text(kv?.value)).toBe('two')
    })

    test('every write raises the revision by one', async () => {
      const start = await on.store.revision()
      expect(await put('/test/a', '1')).toBe(start + 1)
      expect(await put('/test/b', '1')).toBe(start + 2)
      expect(await remove('/test/a', start + 1)).toBe(start + 3)
      expect(await on.store.revision()).toBe(start + 3)
    })

    test('get at a revision sees the past', async () => {
      const r1 = await put('/test/a', 'one')
      const r2 = await put('/test/a', 'two', r1)
      const r3 = await remove('/test/a', r2)
      await put('/test/a', 'again')
      const at = async (revision: Revision) => (await on.store.get('/test/a', { revision })).kv
      expect(await at(r1 - 1)).toBeUndefined()
      expect(text((await at(r1))?.value)).toBe('one')
      expect(await at(r2)).toMatchObject({ createRevision: r1, modRevision: r2 })
      expect(await at(r3)).toBeUndefined()
      expect((await at(r3 + 1))?.createRevision).toBe(r3 + 1)
    })

    test('range is ordered, bounded by start and end, and counts', async () => {
      for (const key of ['c', 'a', 'e', 'b', 'd']) await put(`/test/${key}`, key)
      const all = await on.store.range({ start: '/test/', end: '/test0' })
      expect(all.kvs.map(kv => kv.key)).toEqual(['a', 'b', 'c', 'd', 'e'].map(key => `/test/${key}`))
      expect(all).toMatchObject({ more: false, count: 5, revision: await on.store.revision() })
      const part = await on.store.range({ start: '/test/b', end: '/test/d' })
      expect(part.kvs.map(kv => kv.key)).toEqual(['/test/b', '/test/c'])
      expect(await on.store.range({ start: '/test/x', end: '/test/y' })).toMatchObject({
        kvs: [],
        more: false,
        count: 0,
      })
    })

    test('a limit cuts a range and tells that there is more', async () => {
      for (const key of ['a', 'b', 'c', 'd', 'e']) await put(`/test/${key}`, key)
      const first = await on.store.range({ start: '/test/', end: '/test0', limit: 2 })
      expect(first.kvs.map(kv => kv.key)).toEqual(['/test/a', '/test/b'])
      expect(first).toMatchObject({ more: true, count: 5 })
      const last = await on.store.range({ start: '/test/c', end: '/test0', limit: 3 })
      expect(last.kvs).toHaveLength(3)
      expect(last).toMatchObject({ more: false, count: 3 })
    })

    test('countOnly counts without key-values', async () => {
      for (const key of ['a', 'b', 'c']) await put(`/test/${key}`, key)
      expect(await on.store.range({ start: '/test/', end: '/test0', countOnly: true })).toMatchObject({
        kvs: [],
        count: 3,
      })
    })

    test('range at a revision sees creations, changes and deletions undone', async () => {
      const a = await put('/test/a', '1')
      const b = await put('/test/b', '1')
      const a2 = await put('/test/a', '2', a)
      const c = await put('/test/c', '1')
      const gone = await remove('/test/b', b)
      await put('/test/b', 'new')
      expect(await list(a)).toEqual([`a=1@${a}/${a}`])
      expect(await list(b)).toEqual([`a=1@${a}/${a}`, `b=1@${b}/${b}`])
      expect(await list(c)).toEqual([`a=2@${a}/${a2}`, `b=1@${b}/${b}`, `c=1@${c}/${c}`])
      expect(await list(gone)).toEqual([`a=2@${a}/${a2}`, `c=1@${c}/${c}`])
      const past = { start: '/test/', end: '/test0', revision: c }
      expect(await on.store.range({ ...past, countOnly: true })).toMatchObject({ count: 3 })
      expect(await on.store.range({ ...past, limit: 2 })).toMatchObject({ count: 3, more: true, revision: gone + 1 })
    })

    test('a future revision is an error', async () => {
      const revision = (await on.store.revision()) + 1
      await expect(on.store.get('/test/a', { revision })).rejects.toThrow(FutureRevisionError)
      await expect(on.store.range({ start: '/test/', end: '/test0', revision })).rejects.toThrow(FutureRevisionError)
    })

    test('keys outside ASCII, empty values and binary values come back as written', async () => {
      const values = [new Uint8Array(0), Uint8Array.from([0, 255, 254, 250, 10]), new Uint8Array(3000).fill(254)]
      for (const [i, value] of values.entries()) await on.store.put({ key: `/test/ключ-${i}`, value, expected: 0 })
      const { kvs } = await on.store.range({ start: '/test/', end: '/test0' })
      expect(kvs.map(kv => kv.key)).toEqual(['/test/ключ-0', '/test/ключ-1', '/test/ключ-2'])
      expect(kvs.map(kv => Buffer.compare(kv.value, values[kvs.indexOf(kv)] as Uint8Array))).toEqual([0, 0, 0])
    })

    test('values are those of their reader: later reads and writes do not change them', async () => {
      await put('/test/a', 'a'.repeat(2000))
      await put('/test/b', 'b'.repeat(2000))
      const first = (await on.store.get('/test/a')).kv?.value
      const second = (await on.store.get('/test/b')).kv?.value
      const ranged = await on.store.range({ start: '/test/', end: '/test0' })
      await put('/test/c', 'c'.repeat(2000))
      await on.store.get('/test/c')
      expect(text(first)).toBe('a'.repeat(2000))
      expect(text(second)).toBe('b'.repeat(2000))
      expect(ranged.kvs.map(kv => text(kv.value).slice(0, 1))).toEqual(['a', 'b'])
    })

    test('a range larger than one message arrives whole', async () => {
      const value = Buffer.alloc(1_000_000, 120)
      for (let i = 0; i < 8; i++) await on.store.put({ key: `/test/${i}`, value, expected: 0 })
      const { kvs } = await on.store.range({ start: '/test/', end: '/test0' })
      expect(kvs.map(kv => kv.value.length)).toEqual(Array(8).fill(1_000_000))
    })

    test('2,500 keys arrive in order', async () => {
      const names = Array.from({ length: 2_500 }, (_, i) => `/test/${String((i * 7919) % 2_500).padStart(4, '0')}`)
      for (let i = 0; i < names.length; i += 100)
        await on.store.createAll(names.slice(i, i + 100).map(key => ({ key, value: bytes(key) })))
      const { kvs, count } = await on.store.range({ start: '/test/', end: '/test0' })
      expect(count).toBe(2_500)
      expect(kvs.map(kv => kv.key)).toEqual([...names].sort())
      expect(kvs.every(kv => text(kv.value) === kv.key)).toBe(true)
    })

    test('a scan visits everything as of one revision, whatever is written meanwhile', async () => {
      const names = Array.from({ length: 2_500 }, (_, i) => `/test/${String(i).padStart(4, '0')}`)
      for (let i = 0; i < names.length; i += 100)
        await on.store.createAll(names.slice(i, i + 100).map(key => ({ key, value: bytes(key) })))
      const before = await on.store.revision()
      const visited: string[] = []
      const scan = on.store.scan({ start: '/test/', end: '/test0' }, (kv, place) => {
        expect(text(kv.value)).toBe(kv.key)
        expect(visited[place]).toBeUndefined()
        visited[place] = kv.key
      })
      await Promise.all([
        scan,
        on.store.put({ key: '/test/new', value: bytes('/test/new'), expected: 0 }),
        on.store.delete({ key: '/test/2499', expected: before }),
      ])
      const revision = await scan
      expect(revision).toBeGreaterThanOrEqual(before)
      const { kvs } = await on.store.range({ start: '/test/', end: '/test0', revision })
      expect(visited).toEqual(kvs.map(kv => kv.key))
      const nothing = { start: '/test/none/', end: '/test/none0' }
      expect(await on.store.scan(nothing, kv => void visited.push(kv.key))).toBe(before + 2)
      expect(visited).toHaveLength(kvs.length)
    })

    test('a scan tells the places of keys, in whatever order they were written', async () => {
      const names = ['d', 'a', 'c', 'e', 'b'].map(name => `/test/${name}`)
      for (const key of names) await put(key, 'first')
      const { modRevision } = (await on.store.get('/test/a')).kv as KeyValue
      await on.store.put({ key: '/test/a', value: bytes('second'), expected: modRevision })
      const places: [number, string, string][] = []
      await on.store.scan(
        { start: '/test/', end: '/test0' },
        ({ key, value }, place) => void places.push([place, key, text(value)]),
      )
      expect(places.sort(([a], [b]) => a - b)).toEqual([
        [0, '/test/a', 'second'],
        [1, '/test/b', 'first'],
        [2, '/test/c', 'first'],
        [3, '/test/d', 'first'],
        [4, '/test/e', 'first'],
      ])
    })

    test('a visit that returns a promise holds the next one back', async () => {
      for (const key of ['a', 'b', 'c']) await put(`/test/${key}`, key)
      const seen: string[] = []
      await on.store.scan({ start: '/test/', end: '/test0' }, async kv => {
        seen.push(`begin ${kv.key.slice(6)}`)
        await on.store.get('/test/a')
        seen.push('end')
      })
      expect(seen).toEqual(['begin a', 'end', 'begin b', 'end', 'begin c', 'end'])
    })
  })
}
