import { type Clock, systemClock } from '@kubets/component'
import { expect, test } from 'vitest'
import { CompactedError, type KeyValue, type Revision, type Visit } from '../key-value-store.ts'
import { breakable } from '../testing/index.ts'
import { ExpiredError, RebuildingError } from './contract.ts'
import { overBothStores } from './testing/fixture.ts'

overBothStores(on => {
  const { start, put, remove, names, watch } = on

  test('a watch gets what follows, with the object before', async () => {
    await start()
    const seen = watch({ after: on.cache.revision })
    const r1 = await put('a/one', { node: '' })
    const r2 = await put('a/one', { node: 'n1' }, r1)
    const r3 = await remove('a/one', r2)
    await seen.until(r3)
    expect(seen.lines()).toEqual([`ADDED a/one@${r1}`, `MODIFIED a/one@${r2}`, `DELETED a/one@${r3}`])
    const [added, modified, deleted] = seen.events
    expect(added?.previous).toBeUndefined()
    expect(modified?.previous).toBe(added?.entry)
    expect(deleted?.entry).toBe(modified?.entry)
    expect(deleted?.entry.modRevision).toBe(r2)
  })

  test('a watch resumes after any revision of the window, with no event lost or doubled', async () => {
    await start()
    const first = on.cache.revision
    const live = watch({ after: first })
    const revisions: Revision[] = []
    const middle: ReturnType<typeof watch>[] = []
    for (let i = 0; i < 60; i++) {
      revisions.push(await put(`a/${i}`, {}))
      if (i % 10 === 0) middle.push(watch({ after: revisions[i >> 1] as Revision }))
    }
    const last = revisions.at(-1) as Revision
    const late = watch({ after: revisions[29] as Revision })
    expect(late.events).toEqual([])
    await Promise.all([live, late, ...middle].map(seen => seen.until(last)))
    expect(live.lines()).toHaveLength(60)
    expect(late.lines()).toEqual(live.lines().slice(30))
    for (const [i, seen] of middle.entries()) expect(seen.lines()).toEqual(live.lines().slice(((i * 10) >> 1) + 1))
  })

  test('a watch that wants to start before the window is told to list again', async () => {
    await start({ windowEvents: 5 })
    const first = on.cache.revision
    for (let i = 0; i < 6; i++) await put(`a/${i}`, {})
    await on.cache.consistentSnapshot()
    expect(() => watch({ after: first })).toThrow(ExpiredError)
    expect(() => watch({ after: first })).toThrow(`too old resource version: ${first} (${first + 1})`)
    expect(watch({ after: first + 1 }).ended).toBeUndefined()
  })

  test('a watch that pauses is told nothing of what happens meanwhile, and goes on behind it', async () => {
    await start()
    const [other, seen] = [watch({ after: on.cache.revision }), watch({ after: on.cache.revision })]
    const before = await put('a/before', {})
    await seen.until(before)
    seen.watcher.pause()
    const meanwhile = await put('a/meanwhile', {})
    await other.until(meanwhile)
    expect(seen.watcher.revision).toBe(meanwhile)
    seen.watcher.goOn()
    const later = await put('a/later', {})
    await seen.until(later)
    expect(seen.lines()).toEqual([`ADDED a/before@${before}`, `ADDED a/later@${later}`])
    expect(other.lines()).toHaveLength(3)
  })

  test('a watch that has ended does not go on', async () => {
    await start()
    const stop = new AbortController()
    const [other, seen] = [
      watch({ after: on.cache.revision }),
      watch({ after: on.cache.revision, signal: stop.signal }),
    ]
    seen.watcher.pause()
    stop.abort()
    seen.watcher.goOn()
    await other.until(await put('a/one', {}))
    expect(seen.lines()).toEqual([])
  })

  test('watches on a key, a namespace, a kind, a stretch or a node get their events and no others', async () => {
    await start()
    const after = on.cache.revision
    const one = watch({ after, start: '/registry/pods/a/x', end: '/registry/pods/a/x\0' })
    const namespace = watch({ after, start: '/registry/pods/a/', end: '/registry/pods/a0' })
    const kind = watch({ after })
    const stretch = watch({ after, start: '/registry/pods/a/x', end: '/registry/pods/b/y' })
    const node = watch({ after, field: { name: 'spec.nodeName', value: 'n1' } })
    const byName = watch({ after, field: { name: 'metadata.name', value: 'x' } })
    const everything = watch({ after, start: '/registry/', end: '/registry0' })
    const ax = await put('a/x', {})
    await put('b/x', { node: 'n2' })
    const bx = (await on.store.get('/registry/pods/b/x')).kv?.modRevision
    await put('ab/z', { node: 'n1' })
    const bound = await put('a/x', { node: 'n1' }, ax)
    await put('b/x', { node: 'n1' }, bx)
    await put('a/x', { node: 'n2' }, bound)
    const last = await put('/registry/services/specs/a/x', {})
    const all = [one, namespace, kind, stretch, node, byName, everything]
    await Promise.all(all.map(seen => seen.until(last)))
    const short = (seen: ReturnType<typeof watch>) =>
      seen.events.map(event => `${event.type[0]} ${event.entry.key.slice(10)} ${event.entry.fields['spec.nodeName']}`)
    const [a1, b1, ab, a2, b2, a3] = [
      'A pods/a/x ',
      'A pods/b/x n2',
      'A pods/ab/z n1',
      'M pods/a/x n1',
      'M pods/b/x n1',
      'M pods/a/x n2',
    ]
    expect(short(one)).toEqual([a1, a2, a3])
    expect(short(namespace)).toEqual([a1, a2, a3])
    expect(short(kind)).toEqual([a1, b1, ab, a2, b2, a3])
    expect(short(stretch)).toEqual([a1, b1, ab, a2, b2, a3])
    expect(short(node)).toEqual([ab, a2, b2, a3])
    expect(short(byName)).toEqual([a1, b1, a2, b2, a3])
    expect(short(everything)).toEqual([a1, b1, ab, a2, b2, a3, 'A services/specs/a/x '])
  })

  test('an aborted watch gets nothing more, a closed cache ends the others', async () => {
    await start()
    const own = new AbortController()
    const aborted = watch({ after: on.cache.revision, signal: own.signal })
    const kept = watch({ after: on.cache.revision })
    own.abort()
    await kept.until(await put('a/one', {}))
    await on.cache.close()
    expect(aborted.events).toEqual([])
    expect(aborted.ended).toBeUndefined()
    expect(kept.ended).toBeInstanceOf(Error)
    await expect(on.cache.consistentSnapshot()).rejects.toThrow()
  })

  test('a watcher that throws is ended and does not hurt the others', async () => {
    await start()
    const bad = watch({
      after: on.cache.revision,
      onEvents() {
        throw new Error('broken watcher')
      },
    })
    const good = watch({ after: on.cache.revision })
    const last = await put('a/one', {})
    await good.until(last)
    expect(bad.ended?.message).toBe('broken watcher')
    expect(good.lines()).toEqual([`ADDED a/one@${last}`])
    await good.until(await put('a/two', {}))
    expect(good.events).toHaveLength(2)
    const late = watch({
      after: last - 1,
      onEvents() {
        throw new Error('broken at its first events')
      },
    })
    await expect.poll(() => late.ended?.message).toBe('broken at its first events')
  })

  test('goes on without a gap when the connection breaks, and is rebuilt when history is gone', async () => {
    const flaky = breakable(on.store)
    const first = await put('a/one', {})
    await start({ store: flaky.store })
    const seen = watch({ after: on.cache.revision })
    await expect.poll(() => flaky.watches).toBe(1)
    flaky.breakWatch(new Error('connection lost'))
    const two = await put('a/two', {})
    await seen.until(two)
    expect(flaky.watches).toBe(2)
    expect(seen.lines()).toEqual([`ADDED a/two@${two}`])
    expect(seen.ended).toBeUndefined()

    flaky.breakWatch(new CompactedError(two))
    const three = await put('a/three', {})
    await expect.poll(() => seen.ended).toBeInstanceOf(CompactedError)
    const snapshot = await on.cache.consistentSnapshot()
    expect(names(snapshot)).toEqual([`a/one@${first}`, `a/three@${three}`, `a/two@${two}`])
    expect(() => watch({ after: first })).toThrow(ExpiredError)
    const again = watch({ after: snapshot.revision })
    await again.until(await put('a/four', {}))
    expect(again.events).toHaveLength(1)
  })

  test('while all is read anew, the past is answered from what was there', async () => {
    const flaky = breakable(on.store)
    const first = await put('a/one', {})
    await start({ store: flaky.store })
    const two = await put('a/two', {})
    await on.cache.snapshotAtLeast(two)
    const scan = flaky.holdScans()
    flaky.breakWatch(new CompactedError(two))
    await expect.poll(() => flaky.scans).toBe(2)
    expect(names(on.cache.snapshot())).toEqual([`a/one@${first}`, `a/two@${two}`])
    expect(names(await on.cache.snapshotAt(first))).toEqual([`a/one@${first}`])
    expect(names(await on.cache.snapshotAt(two))).toEqual([`a/one@${first}`, `a/two@${two}`])
    const three = await put('a/three', {})
    const consistent = on.cache.consistentSnapshot()
    scan.resolve()
    expect(names(await consistent)).toEqual([`a/one@${first}`, `a/three@${three}`, `a/two@${two}`])
    await expect(on.cache.snapshotAt(first)).rejects.toThrow(ExpiredError)
  })

  test('while all is read anew, a watch that would begin waits, and begins when it can', async () => {
    const flaky = breakable(on.store)
    await start({ store: flaky.store })
    expect(on.cache.settled()).toBeUndefined()
    const one = await put('a/one', {})
    await on.cache.snapshotAtLeast(one)
    const scan = flaky.holdScans()
    flaky.breakWatch(new CompactedError(one))
    await expect.poll(() => flaky.scans).toBe(2)
    const waiting = on.cache.settled()
    expect(waiting).toBeInstanceOf(Promise)
    // writes do not wait
    const two = await put('a/two', {})
    scan.resolve()
    await waiting
    expect(() => watch({ after: one })).toThrow(ExpiredError)
    const seen = watch({ after: two })
    await seen.until(await put('a/three', {}))
    expect(seen.events.map(({ entry }) => entry.key)).toEqual(['/registry/pods/a/three'])
  })

  test('a watch waits for a rebuilding of three seconds at most, and is told why', async () => {
    let late: (() => void) | undefined
    const clock: Clock = {
      now: () => systemClock.now(),
      after(ms, callback) {
        if (ms === 3_000) late = callback
        return ms === 3_000 ? () => undefined : systemClock.after(ms, callback)
      },
    }
    const flaky = breakable(on.store)
    await start({ store: flaky.store, clock })
    await expect.poll(() => flaky.watches).toBe(1)
    const scan = flaky.holdScans()
    flaky.breakWatch(new CompactedError(1))
    await expect.poll(() => flaky.scans).toBe(2)
    const waiting = on.cache.settled()
    late?.()
    await expect(waiting).rejects.toThrow(RebuildingError)
    await expect(waiting).rejects.toMatchObject({ cause: expect.any(CompactedError) })
    scan.resolve()
  })

  test('what can be opened at last is there without a rebuilding: watches of other kinds go on', async () => {
    const secret = await put('/registry/secrets/a/one', { labels: { app: 'x' } })
    await put('a/one', {})
    let sealed = true
    const store = new Proxy(on.store, {
      get(target, name) {
        const unreadable = new Error('no key')
        const shown = (kv: KeyValue): KeyValue =>
          sealed && kv.key.includes('secrets') ? { ...kv, value: Buffer.alloc(0), unreadable } : kv
        if (name === 'scan')
          return (range: { start: string; end: string }, visit: Visit) =>
            target.scan(range, (kv, place) => visit(shown(kv), place))
        if (name === 'get')
          return async (key: string) => {
            const { kv, revision } = await target.get(key)
            return { kv: kv && shown(kv), revision }
          }
        const value = Reflect.get(target, name, target)
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
    await start({ store })
    expect([...on.cache.unreadable.keys()]).toEqual(['/registry/secrets/a/one'])
    const ofPods = watch({ after: on.cache.revision })
    const ofSecrets = watch({ start: '/registry/secrets/', end: '/registry/secrets0', after: on.cache.revision })
    on.cache.openAgain()
    await new Promise(resolve => setTimeout(resolve, 20))
    expect(on.cache.unreadable.size).toBe(1)
    sealed = false
    on.cache.openAgain()
    await expect.poll(() => on.cache.unreadable.size).toBe(0)
    const entry = on.cache.get('/registry/secrets/a/one')
    expect([entry?.modRevision, entry?.unreadable, entry?.labels]).toEqual([secret, undefined, { app: 'x' }])
    expect(ofSecrets.ended).toBeInstanceOf(ExpiredError)
    await ofPods.until(await put('a/two', {}))
    expect(ofPods.ended).toBeUndefined()
  })

  test('events of one commit come in one call', async () => {
    await start()
    const seen = watch({ after: on.cache.revision })
    const names = Array.from({ length: 40 }, (_, i) => `/registry/pods/a/${i}`)
    await on.store.createAll(names.map(key => ({ key, value: Buffer.from('{}') })))
    await seen.until(await on.store.revision())
    expect(seen.calls).toEqual([40])
  })
})
