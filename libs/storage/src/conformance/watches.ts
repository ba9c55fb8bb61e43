import { describe, expect, test } from 'vitest'
import type { Revision } from '../key-value-store.ts'
import { bytes, type Fixture } from './fixture.ts'

/** Watches: order, whole revisions, the past, progress, ends. */
export function watches(on: Fixture): void {
  const { put, remove, watch } = on
  describe('watches', () => {
    test('deliver what happens from now on, in order', async () => {
      await put('/test/before', 'x')
      const seen = watch()
      await seen.started(() => put('/test/a', '1'))
      const a = (await on.store.get('/test/a')).kv?.modRevision ?? 0
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
      const from = (await on.store.revision()) + 1
      const seen = watch({ start: '/test/b', end: '/test/d', from })
      for (const key of ['a', 'b', 'c', 'd']) await put(`/test/${key}`, key)
      await seen.until(from + 2)
      expect(seen.keys()).toEqual(['/test/b', '/test/c'])
    })

    test('never split a revision', async () => {
      const from = (await on.store.revision()) + 1
      const seen = watch({ from })
      for (let round = 0; round < 5; round++)
        await on.store.createAll(
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
      const from = (await on.store.revision()) + 1
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
      const from = (await on.store.revision()) + 1
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
      const from = (await on.store.revision()) + 1
      const checks: Promise<void>[] = []
      const seen = watch({
        from,
        onEvents: (events, revision) => {
          checks.push(on.store.revision().then(now => expect(now).toBeGreaterThanOrEqual(revision)))
          for (const event of events)
            checks.push(
              on.store
                .get(event.key)
                .then(({ kv }) => expect(kv?.modRevision).toBeGreaterThanOrEqual(event.modRevision)),
            )
        },
      })
      await Promise.all(
        Array.from({ length: 40 }, async (_, i) => {
          const revision = await put(`/test/${i}`, 'x')
          expect((await on.store.get(`/test/${i}`)).kv?.modRevision).toBe(revision)
        }),
      )
      await seen.until(from + 39)
      await Promise.all(checks)
    })

    test('tell their progress when asked, though no key of their range changed', async () => {
      const seen = watch({ start: '/test/none/', end: '/test/none0', from: (await on.store.revision()) + 1 })
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
      const from = (await on.store.revision()) + 1
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
      const seen = watch({ signal: own.signal, from: (await on.store.revision()) + 1 })
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
      const seen = watch({ from: (await on.store.revision()) + 1 })
      await seen.until(await put('/test/a', 'x'))
      await on.store.close()
      await expect.poll(() => seen.ended).toBeInstanceOf(Error)
    })
  })
}
