import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  CompactedError,
  FutureRevisionError,
  type KeyValueStore,
  LeaseNotFoundError,
  prefixEnd,
  RequestTooLargeError,
  type Revision,
  type StoreEvent,
  type StoreWatchOptions,
} from './key-value-store.ts'

/**
 * What every {@link KeyValueStore} must do, as etcd v3 does it. `open` gives an empty store for each case; the suite closes it.
 * Keys are taken below `/test/`; backends may hold other keys.
 */
export function keyValueStoreSuite(name: string, open: () => Promise<KeyValueStore>): void {
  describe(`${name} keeps the store's contract`, () => {
    let store: KeyValueStore
    let stop: AbortController

    beforeEach(async () => {
      store = await open()
      stop = new AbortController()
    })
    afterEach(async () => {
      stop.abort()
      await store.close()
    })

    const put = async (key: string, value: string, expected: Revision = 0): Promise<Revision> => {
      const result = await store.put({ key, value: bytes(value), expected })
      expect(result).toMatchObject({ ok: true })
      return result.revision
    }
    const remove = async (key: string, expected: Revision): Promise<Revision> => {
      const result = await store.delete({ key, expected })
      expect(result).toMatchObject({ ok: true })
      return result.revision
    }
    const list = async (revision?: Revision) => {
      const { kvs } = await store.range({ start: '/test/', end: '/test0', ...(revision ? { revision } : {}) })
      return kvs.map(kv => `${kv.key.slice(6)}=${text(kv.value)}@${kv.createRevision}/${kv.modRevision}`)
    }
    const watch = (options: Partial<StoreWatchOptions> = {}) => collect(store, { signal: stop.signal, ...options })

    describe('reads', () => {
      test('get gives the key-value with its revisions, or nothing', async () => {
        const before = await store.revision()
        expect(await store.get('/test/a')).toEqual({ kv: undefined, revision: before })
        const created = await put('/test/a', 'one')
        const changed = await put('/test/a', 'two', created)
        const { kv, revision } = await store.get('/test/a')
        expect(revision).toBe(changed)
        expect(kv).toMatchObject({ key: '/test/a', createRevision: created, modRevision: changed, lease: 0n })
        expect(text(kv?.value)).toBe('two')
      })

      test('every write raises the revision by one', async () => {
        const start = await store.revision()
        expect(await put('/test/a', '1')).toBe(start + 1)
        expect(await put('/test/b', '1')).toBe(start + 2)
        expect(await remove('/test/a', start + 1)).toBe(start + 3)
        expect(await store.revision()).toBe(start + 3)
      })

      test('get at a revision sees the past', async () => {
        const r1 = await put('/test/a', 'one')
        const r2 = await put('/test/a', 'two', r1)
        const r3 = await remove('/test/a', r2)
        await put('/test/a', 'again')
        const at = async (revision: Revision) => (await store.get('/test/a', { revision })).kv
        expect(await at(r1 - 1)).toBeUndefined()
        expect(text((await at(r1))?.value)).toBe('one')
        expect(await at(r2)).toMatchObject({ createRevision: r1, modRevision: r2 })
        expect(await at(r3)).toBeUndefined()
        expect((await at(r3 + 1))?.createRevision).toBe(r3 + 1)
      })

      test('range is ordered, bounded by start and end, and counts', async () => {
        for (const key of ['c', 'a', 'e', 'b', 'd']) await put(`/test/${key}`, key)
        const all = await store.range({ start: '/test/', end: '/test0' })
        expect(all.kvs.map(kv => kv.key)).toEqual(['a', 'b', 'c', 'd', 'e'].map(key => `/test/${key}`))
        expect(all).toMatchObject({ more: false, count: 5, revision: await store.revision() })
        const part = await store.range({ start: '/test/b', end: '/test/d' })
        expect(part.kvs.map(kv => kv.key)).toEqual(['/test/b', '/test/c'])
        expect(await store.range({ start: '/test/x', end: '/test/y' })).toMatchObject({
          kvs: [],
          more: false,
          count: 0,
        })
      })

      test('a limit cuts a range and tells that there is more', async () => {
        for (const key of ['a', 'b', 'c', 'd', 'e']) await put(`/test/${key}`, key)
        const first = await store.range({ start: '/test/', end: '/test0', limit: 2 })
        expect(first.kvs.map(kv => kv.key)).toEqual(['/test/a', '/test/b'])
        expect(first).toMatchObject({ more: true, count: 5 })
        const last = await store.range({ start: '/test/c', end: '/test0', limit: 3 })
        expect(last.kvs).toHaveLength(3)
        expect(last).toMatchObject({ more: false, count: 3 })
      })

      test('countOnly counts without key-values', async () => {
        for (const key of ['a', 'b', 'c']) await put(`/test/${key}`, key)
        expect(await store.range({ start: '/test/', end: '/test0', countOnly: true })).toMatchObject({
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
        expect(await store.range({ ...past, countOnly: true })).toMatchObject({ count: 3 })
        expect(await store.range({ ...past, limit: 2 })).toMatchObject({ count: 3, more: true, revision: gone + 1 })
      })

      test('a future revision is an error', async () => {
        const revision = (await store.revision()) + 1
        await expect(store.get('/test/a', { revision })).rejects.toThrow(FutureRevisionError)
        await expect(store.range({ start: '/test/', end: '/test0', revision })).rejects.toThrow(FutureRevisionError)
      })

      test('keys outside ASCII, empty values and binary values come back as written', async () => {
        const values = [new Uint8Array(0), Uint8Array.from([0, 255, 254, 250, 10]), new Uint8Array(3000).fill(254)]
        for (const [i, value] of values.entries()) await store.put({ key: `/test/ключ-${i}`, value, expected: 0 })
        const { kvs } = await store.range({ start: '/test/', end: '/test0' })
        expect(kvs.map(kv => kv.key)).toEqual(['/test/ключ-0', '/test/ключ-1', '/test/ключ-2'])
        expect(kvs.map(kv => Buffer.compare(kv.value, values[kvs.indexOf(kv)] as Uint8Array))).toEqual([0, 0, 0])
      })

      test('values are those of their reader: later reads and writes do not change them', async () => {
        await put('/test/a', 'a'.repeat(2000))
        await put('/test/b', 'b'.repeat(2000))
        const first = (await store.get('/test/a')).kv?.value
        const second = (await store.get('/test/b')).kv?.value
        const ranged = await store.range({ start: '/test/', end: '/test0' })
        await put('/test/c', 'c'.repeat(2000))
        await store.get('/test/c')
        expect(text(first)).toBe('a'.repeat(2000))
        expect(text(second)).toBe('b'.repeat(2000))
        expect(ranged.kvs.map(kv => text(kv.value).slice(0, 1))).toEqual(['a', 'b'])
      })

      test('a range larger than one message arrives whole', async () => {
        const value = Buffer.alloc(1_000_000, 120)
        for (let i = 0; i < 8; i++) await store.put({ key: `/test/${i}`, value, expected: 0 })
        const { kvs } = await store.range({ start: '/test/', end: '/test0' })
        expect(kvs.map(kv => kv.value.length)).toEqual(Array(8).fill(1_000_000))
      })

      test('2,500 keys arrive in order', async () => {
        const names = Array.from({ length: 2_500 }, (_, i) => `/test/${String((i * 7919) % 2_500).padStart(4, '0')}`)
        for (let i = 0; i < names.length; i += 100)
          await store.createAll(names.slice(i, i + 100).map(key => ({ key, value: bytes(key) })))
        const { kvs, count } = await store.range({ start: '/test/', end: '/test0' })
        expect(count).toBe(2_500)
        expect(kvs.map(kv => kv.key)).toEqual([...names].sort())
        expect(kvs.every(kv => text(kv.value) === kv.key)).toBe(true)
      })

      test('a scan visits everything as of one revision, whatever is written meanwhile', async () => {
        const names = Array.from({ length: 2_500 }, (_, i) => `/test/${String(i).padStart(4, '0')}`)
        for (let i = 0; i < names.length; i += 100)
          await store.createAll(names.slice(i, i + 100).map(key => ({ key, value: bytes(key) })))
        const before = await store.revision()
        const visited: string[] = []
        const scan = store.scan({ start: '/test/', end: '/test0' }, kv => {
          expect(text(kv.value)).toBe(kv.key)
          visited.push(kv.key)
        })
        await Promise.all([
          scan,
          store.put({ key: '/test/new', value: bytes('/test/new'), expected: 0 }),
          store.delete({ key: '/test/2499', expected: before }),
        ])
        const revision = await scan
        expect(revision).toBeGreaterThanOrEqual(before)
        const { kvs } = await store.range({ start: '/test/', end: '/test0', revision })
        expect(visited).toEqual(kvs.map(kv => kv.key))
        expect(await store.scan({ start: '/test/none/', end: '/test/none0' }, () => visited.push('none'))).toBe(
          before + 2,
        )
        expect(visited).not.toContain('none')
      })
    })

    describe('compare and write', () => {
      test('a put with an old revision changes nothing and tells what stands there', async () => {
        const r1 = await put('/test/a', 'one')
        const r2 = await put('/test/a', 'two', r1)
        const lost = await store.put({ key: '/test/a', value: bytes('three'), expected: r1 })
        expect(lost).toMatchObject({ ok: false, revision: r2, current: { modRevision: r2, createRevision: r1 } })
        expect(!lost.ok && text(lost.current?.value)).toBe('two')
        expect(await store.revision()).toBe(r2)
      })

      test('a create of what exists, an update and a delete of what does not, fail', async () => {
        const r1 = await put('/test/a', 'one')
        expect(await store.put({ key: '/test/a', value: bytes('x'), expected: 0 })).toMatchObject({ ok: false })
        expect(await store.put({ key: '/test/b', value: bytes('x'), expected: r1 })).toMatchObject({
          ok: false,
          current: undefined,
        })
        expect(await store.delete({ key: '/test/b', expected: r1 })).toMatchObject({ ok: false, current: undefined })
        expect(await store.delete({ key: '/test/a', expected: r1 - 1 })).toMatchObject({
          ok: false,
          current: { modRevision: r1 },
        })
        expect(await store.revision()).toBe(r1)
      })

      test('of writers racing for one key exactly one wins each round', async () => {
        let revision = 0
        for (let round = 0; round < 10; round++) {
          const results = await Promise.all(
            Array.from({ length: 8 }, (_, i) =>
              store.put({ key: '/test/a', value: bytes(`${round}-${i}`), expected: revision }),
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
            store.delete({ key: `/test/${round}`, expected }),
            store.put({ key: `/test/${round}`, value: bytes('y'), expected }),
          ])
          expect([gone.ok, changed.ok].filter(Boolean)).toHaveLength(1)
          expect((await store.get(`/test/${round}`)).kv !== undefined).toBe(changed.ok)
        }
      })

      test('read-modify-write by 16 writers loses no increment', async () => {
        await put('/test/n', '0')
        await Promise.all(
          Array.from({ length: 16 }, async () => {
            let current = (await store.get('/test/n')).kv
            for (let done = 0; done < 5; ) {
              const value = bytes(String(Number(text(current?.value)) + 1))
              const result = await store.put({ key: '/test/n', value, expected: current?.modRevision ?? 0 })
              if (result.ok) {
                done++
                current = (await store.get('/test/n')).kv
              } else current = result.current
            }
          }),
        )
        expect(text((await store.get('/test/n')).kv?.value)).toBe('80')
      })

      test('createAll writes all keys at one revision, or none', async () => {
        const writes = ['a', 'b', 'c'].map(key => ({ key: `/test/${key}`, value: bytes(key) }))
        const start = await store.revision()
        expect(await store.createAll(writes)).toBe(true)
        const r = start + 1
        expect(await list()).toEqual([`a=a@${r}/${r}`, `b=b@${r}/${r}`, `c=c@${r}/${r}`])
        expect(await store.createAll([{ key: '/test/z', value: bytes('z') }, ...writes])).toBe(false)
        expect((await store.get('/test/z')).kv).toBeUndefined()
        expect(await store.revision()).toBe(r)
      })

      test('a request above 1.5 MiB is refused', async () => {
        const value = Buffer.alloc(1.5 * 1024 * 1024 + 1024)
        await expect(store.put({ key: '/test/a', value, expected: 0 })).rejects.toThrow(RequestTooLargeError)
        await put('/test/b', 'x')
        expect((await store.get('/test/a')).kv).toBeUndefined()
      })
    })

    describe('watches', () => {
      test('deliver what happens from now on, in order', async () => {
        await put('/test/before', 'x')
        const seen = watch()
        await seen.started(() => put('/test/a', '1'))
        const a = (await store.get('/test/a')).kv?.modRevision ?? 0
        const a2 = await put('/test/a', '2', a)
        const gone = await remove('/test/a', a2)
        await seen.until(gone)
        expect(seen.lines()).toEqual([`put a=1 ${a}/${a}`, `put a=2 ${a}/${a2}`, `delete a= 0/${gone}`])
      })

      test('deliver the past from a revision on, then the present', async () => {
        const r1 = await put('/test/a', '1')
        const r2 = await put('/test/a', '2', r1)
        const r3 = await remove('/test/a', r2)
        const seen = watch({ from: r2 })
        await seen.until(r3)
        const r4 = await put('/test/a', '3')
        await seen.until(r4)
        expect(seen.lines()).toEqual([`put a=2 ${r1}/${r2}`, `delete a= 0/${r3}`, `put a=3 ${r4}/${r4}`])
      })

      test('see only their range', async () => {
        const from = (await store.revision()) + 1
        const seen = watch({ start: '/test/b', end: '/test/d', from })
        for (const key of ['a', 'b', 'c', 'd']) await put(`/test/${key}`, key)
        await seen.until(from + 2)
        expect(seen.keys()).toEqual(['/test/b', '/test/c'])
      })

      test('never split a revision', async () => {
        const from = (await store.revision()) + 1
        const seen = watch({ from })
        for (let round = 0; round < 5; round++)
          await store.createAll(
            Array.from({ length: 50 }, (_, i) => ({ key: `/test/${round}-${i}`, value: bytes('x') })),
          )
        await seen.until(from + 4)
        expect(seen.events).toHaveLength(250)
        for (const batch of seen.batches) {
          const last = batch.events.at(-1)?.modRevision
          expect(last).toBeLessThanOrEqual(batch.revision)
          expect(batch.events.filter(event => event.modRevision === last)).toHaveLength(50)
        }
      })

      test('from several starting points see the same history', async () => {
        const from = (await store.revision()) + 1
        const early = watch({ from })
        const revisions: Revision[] = []
        for (let i = 0; i < 300; i++) revisions.push(await put(`/test/${i}`, String(i)))
        const late = watch({ from })
        const middle = watch({ from: revisions[150] as Revision })
        const last = revisions.at(-1) as Revision
        await Promise.all([early.until(last), late.until(last), middle.until(last)])
        expect(early.lines()).toHaveLength(300)
        expect(late.lines()).toEqual(early.lines())
        expect(middle.lines()).toEqual(early.lines().slice(150))
      })

      test('a reader that holds a promise gets no further batch until it resolves, and misses nothing', async () => {
        const from = (await store.revision()) + 1
        const gate = Promise.withResolvers<void>()
        let running = 0
        let most = 0
        const seen = watch({
          from,
          onEvents: async () => {
            most = Math.max(most, ++running)
            await gate.promise
            running--
          },
        })
        for (let i = 0; i < 50; i++) await put(`/test/${i}`, 'x')
        gate.resolve()
        await seen.until(from + 49)
        expect(seen.events.map(event => event.modRevision)).toEqual(Array.from({ length: 50 }, (_, i) => from + i))
        expect(most).toBe(1)
      })

      test('a write is answered for when it can be read, and watchers see no more than readers', async () => {
        const from = (await store.revision()) + 1
        const checks: Promise<void>[] = []
        const seen = watch({
          from,
          onEvents: (events, revision) => {
            checks.push(store.revision().then(now => expect(now).toBeGreaterThanOrEqual(revision)))
            for (const event of events)
              checks.push(
                store
                  .get(event.key)
                  .then(({ kv }) => expect(kv?.modRevision).toBeGreaterThanOrEqual(event.modRevision)),
              )
          },
        })
        await Promise.all(
          Array.from({ length: 40 }, async (_, i) => {
            const revision = await put(`/test/${i}`, 'x')
            expect((await store.get(`/test/${i}`)).kv?.modRevision).toBe(revision)
          }),
        )
        await seen.until(from + 39)
        await Promise.all(checks)
      })

      test('tell their progress when asked, though no key of their range changed', async () => {
        const seen = watch({ start: '/test/none/', end: '/test/none0', from: (await store.revision()) + 1 })
        let revision = 0
        for (let i = 0; i < 5; i++) revision = await put(`/test/${i}`, 'x')
        await expect
          .poll(
            () => {
              seen.handle.requestProgress()
              return Math.max(0, ...seen.progress)
            },
            { timeout: 10_000, interval: 20 },
          )
          .toBeGreaterThanOrEqual(revision)
        expect(seen.events).toEqual([])
      })

      test('progress never runs ahead of the events', async () => {
        const from = (await store.revision()) + 1
        const seen = watch({ from })
        for (let i = 0; i < 100; i++) {
          seen.handle.requestProgress()
          await put(`/test/${i}`, 'x')
        }
        await seen.until(from + 99)
        // what came after a progress is newer than it
        for (const { revision, before } of seen.progressAt)
          for (const event of seen.events.slice(before)) expect(event.modRevision).toBeGreaterThan(revision)
      })

      test('end silently when their signal aborts', async () => {
        const own = new AbortController()
        const seen = watch({ signal: own.signal, from: (await store.revision()) + 1 })
        const first = await put('/test/a', 'x')
        await seen.until(first)
        own.abort()
        const control = watch({ from: first + 1 })
        const second = await put('/test/b', 'x')
        await control.until(second)
        expect(seen.keys()).toEqual(['/test/a'])
        expect(seen.ended).toBeUndefined()
      })

      test('end with an error when the store closes', async () => {
        const seen = watch({ from: (await store.revision()) + 1 })
        await seen.until(await put('/test/a', 'x'))
        await store.close()
        await expect.poll(() => seen.ended).toBeInstanceOf(Error)
      })
    })

    describe('compaction', () => {
      test('reads and watches from before it fail, the present stays', async () => {
        const r1 = await put('/test/a', '1')
        const r2 = await put('/test/a', '2', r1)
        const b = await put('/test/b', '1')
        const r3 = await put('/test/a', '3', r2)
        await store.compact(b)
        await expect(store.get('/test/a', { revision: r1 })).rejects.toThrow(CompactedError)
        await expect(store.range({ start: '/test/', end: '/test0', revision: r2 })).rejects.toThrow(CompactedError)
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
        await store.compact(b)
        expect(await list()).toEqual([`b=1@${b}/${b}`])
        expect(await put('/test/a', 'new')).toBe(gone + 2)
      })

      test('again at the same place, or in the future, is an error', async () => {
        const r = await put('/test/a', '1')
        await put('/test/b', '1')
        await store.compact(r)
        await expect(store.compact(r)).rejects.toThrow(CompactedError)
        await expect(store.compact(r + 100)).rejects.toThrow(FutureRevisionError)
      })

      test('a watch that is up to date goes on', async () => {
        const seen = watch({ from: (await store.revision()) + 1 })
        const r = await put('/test/a', '1')
        await seen.until(r)
        await store.compact(r)
        await seen.until(await put('/test/b', '1'))
        expect(seen.keys()).toEqual(['/test/a', '/test/b'])
        expect(seen.ended).toBeUndefined()
      })
    })

    describe('leases', () => {
      test('revoking one deletes its keys at one revision', async () => {
        const lease = await store.grantLease(60)
        const from = (await store.revision()) + 1
        const seen = watch({ from })
        await store.put({ key: '/test/a', value: bytes('1'), expected: 0, lease })
        await store.put({ key: '/test/b', value: bytes('1'), expected: 0, lease })
        const c = await put('/test/c', '1')
        expect((await store.get('/test/a')).kv?.lease).toBe(lease)
        await store.revokeLease(lease)
        await seen.until(c + 1)
        expect(await list()).toEqual([`c=1@${c}/${c}`])
        expect(seen.events.filter(event => event.type === 'delete').map(event => event.modRevision)).toEqual([
          c + 1,
          c + 1,
        ])
        await expect(store.revokeLease(lease)).rejects.toThrow(LeaseNotFoundError)
      })

      test('a key written again without it is kept', async () => {
        const lease = await store.grantLease(60)
        const a = await store.put({ key: '/test/a', value: bytes('1'), expected: 0, lease })
        await put('/test/a', '2', a.revision)
        await store.revokeLease(lease)
        expect(text((await store.get('/test/a')).kv?.value)).toBe('2')
      })

      test('a write with an unknown lease is refused', async () => {
        const lease = 123456789n
        const write = store.put({ key: '/test/a', value: bytes('1'), expected: 0, lease })
        await expect(write).rejects.toThrow(LeaseNotFoundError)
        await expect(store.keepLeaseAlive(lease)).rejects.toThrow(LeaseNotFoundError)
        expect((await store.get('/test/a')).kv).toBeUndefined()
      })

      test('one that is not kept alive expires with its keys; one that is, stays', async () => {
        const short = await store.grantLease(2)
        const kept = await store.grantLease(2)
        await store.put({ key: '/test/short', value: bytes('1'), expected: 0, lease: short })
        await store.put({ key: '/test/kept', value: bytes('1'), expected: 0, lease: kept })
        const alive = async () => {
          await store.keepLeaseAlive(kept)
          return (await store.get('/test/short')).kv
        }
        await expect.poll(alive, { timeout: 20_000, interval: 200 }).toBeUndefined()
        expect((await store.get('/test/kept')).kv).toBeDefined()
        await expect(store.keepLeaseAlive(short)).rejects.toThrow(LeaseNotFoundError)
      })
    })

    test('calls on a closed store fail', async () => {
      await store.close()
      await expect(store.get('/test/a')).rejects.toThrow()
      await expect(store.put({ key: '/test/a', value: bytes('1'), expected: 0 })).rejects.toThrow()
      await expect(store.revision()).rejects.toThrow()
      await store.close()
    })
  })
}

function bytes(value: string): Uint8Array {
  return Buffer.from(value)
}

function text(value: Uint8Array | undefined): string {
  return value ? Buffer.from(value).toString() : 'nothing'
}

/** A watch that remembers. */
function collect(store: KeyValueStore, options: Partial<StoreWatchOptions> & { signal: AbortSignal }) {
  const events: StoreEvent[] = []
  const batches: { events: readonly StoreEvent[]; revision: Revision }[] = []
  const progress: Revision[] = []
  const progressAt: { revision: Revision; before: number }[] = []
  let reached = 0
  let ended: Error | undefined
  const handle = store.watch({
    start: '/test/',
    end: prefixEnd('/test/'),
    onEnd: error => {
      ended = error
    },
    ...options,
    onEvents: async (batch, revision) => {
      events.push(...batch)
      batches.push({ events: batch, revision })
      await options.onEvents?.(batch, revision)
      reached = Math.max(reached, revision)
    },
    onProgress: revision => {
      progress.push(revision)
      progressAt.push({ revision, before: events.length })
      reached = Math.max(reached, revision)
    },
  })
  return {
    handle,
    events,
    batches,
    progress,
    progressAt,
    get ended() {
      return ended
    },
    keys: () => events.map(event => event.key),
    lines: () =>
      events.map(
        ({ type, key, value, createRevision, modRevision }) =>
          `${type} ${key.slice(6)}=${text(value)} ${createRevision}/${modRevision}`,
      ),
    /** Waits until everything up to `revision` was delivered. */
    until: (revision: Revision) =>
      expect.poll(() => reached, { timeout: 15_000, interval: 5 }).toBeGreaterThanOrEqual(revision),
    /** Runs the first write once the store surely knows of the watch. */
    async started(write: () => Promise<unknown>) {
      await expect
        .poll(
          () => {
            handle.requestProgress()
            return progress.length
          },
          { timeout: 10_000, interval: 10 },
        )
        .toBeGreaterThan(0)
      await write()
    },
  }
}
