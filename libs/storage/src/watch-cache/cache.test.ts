import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type EtcdServer, startEtcdServer } from '../etcd/server.ts'
import { openEmbeddedStore, openEtcdStore } from '../index.ts'
import { CompactedError, type KeyValueStore, type Revision, type StoreWatchOptions } from '../key-value-store.ts'
import { createWatchCache, type WatchCacheOptions } from './cache.ts'
import {
  type CacheEvent,
  type CacheWatchOptions,
  type Describe,
  ExpiredError,
  type Snapshot,
  TooLargeRevisionError,
  type WatchCache,
} from './contract.ts'
import { RevisionSource } from './revision-source.ts'

const pods = { start: '/registry/pods/', end: '/registry/pods0' }

/** Objects of these tests are JSON: `{"node":…,"labels":{…}}`. */
const facts: Describe = (key, bytes) => {
  const { node = '', labels = {} } = JSON.parse(Buffer.from(bytes).toString())
  return {
    labels,
    fields: { 'metadata.name': key.slice(key.lastIndexOf('/') + 1), 'spec.nodeName': node },
    spliceAt: 1,
  }
}

let server: EtcdServer
const directories: string[] = []
beforeAll(async () => {
  server = await startEtcdServer()
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  for (const directory of directories) await rm(directory, { recursive: true, force: true })
})

const embedded = async () => {
  const directory = await mkdtemp(join(tmpdir(), 'kubets-cache-'))
  directories.push(directory)
  return openEmbeddedStore({ directory })
}
const etcd = async () => {
  const store = await openEtcdStore({ endpoints: [server.endpoint] })
  for (const { key, modRevision } of (await store.range({ start: '/', end: '0' })).kvs)
    await store.delete({ key, expected: modRevision })
  return store
}

describe.each([
  ['the embedded store', embedded],
  ['etcd', etcd],
])('the watch cache over %s', (_, open) => {
  let store: KeyValueStore
  let cache: WatchCache
  let stop: AbortController

  beforeEach(async () => {
    store = await open()
    stop = new AbortController()
  })
  afterEach(async () => {
    stop.abort()
    await cache.close()
    await store.close()
  })

  const start = async (options: Partial<WatchCacheOptions> = {}) => {
    cache = createWatchCache({ store, describe: facts, ...options })
    await cache.ready
  }
  const put = async (name: string, object: object, expected: Revision = 0): Promise<Revision> => {
    const key = name.startsWith('/') ? name : `/registry/pods/${name}`
    const result = await store.put({ key, value: Buffer.from(JSON.stringify(object)), expected })
    expect(result.ok).toBe(true)
    return result.revision
  }
  const remove = async (name: string, expected: Revision): Promise<Revision> => {
    const result = await store.delete({ key: `/registry/pods/${name}`, expected })
    expect(result.ok).toBe(true)
    return result.revision
  }
  const names = (snapshot: Snapshot) =>
    [...snapshot.range(pods.start, pods.end)].map(entry => `${entry.key.slice(15)}@${entry.modRevision}`)
  const watch = (options: Partial<CacheWatchOptions> & { after: Revision }) => {
    const events: CacheEvent[] = []
    const calls: number[] = []
    let ended: Error | undefined
    const watcher = cache.watch({
      ...pods,
      onEvents(batch) {
        events.push(...batch)
        calls.push(batch.length)
      },
      onEnd(error) {
        ended = error ?? new Error('no reason')
      },
      signal: stop.signal,
      ...options,
    })
    return {
      watcher,
      events,
      calls,
      get ended() {
        return ended
      },
      lines: () => events.map(({ type, entry, revision }) => `${type} ${entry.key.slice(15)}@${revision}`),
      until: (revision: Revision) =>
        expect.poll(() => watcher.revision, { timeout: 10_000, interval: 5 }).toBeGreaterThanOrEqual(revision),
    }
  }

  test('has what was there before, with facts and bytes', async () => {
    const r1 = await put('a/one', { node: 'n1', labels: { app: 'x' } })
    await start()
    const entry = cache.snapshot().get('/registry/pods/a/one')
    expect(entry).toMatchObject({
      key: '/registry/pods/a/one',
      createRevision: r1,
      modRevision: r1,
      labels: { app: 'x' },
      fields: { 'metadata.name': 'one', 'spec.nodeName': 'n1' },
      spliceAt: 1,
    })
    expect(Buffer.from(entry?.bytes ?? []).toString()).toBe('{"node":"n1","labels":{"app":"x"}}')
    expect(cache.get('/registry/pods/a/one')).toBe(entry)
    expect(cache.snapshot().get('/registry/pods/a/two')).toBeUndefined()
    expect(cache.get('/registry/pods/a/two')).toBeUndefined()
  })

  test('a consistent read sees every write that was answered before it', async () => {
    await start()
    for (let i = 0; i < 20; i++) {
      const revision = await put(`a/${i}`, {})
      const snapshot = await cache.consistentSnapshot()
      expect(snapshot.revision).toBeGreaterThanOrEqual(revision)
      expect(snapshot.get(`/registry/pods/a/${i}`)?.modRevision).toBe(revision)
    }
  })

  test('a consistent read is answered at once though the last writes were outside the prefix', async () => {
    await start()
    const inside = await put('a/one', {})
    for (let i = 0; i < 5; i++) {
      const revision = await put(`/elsewhere/${i}`, {})
      const before = performance.now()
      const snapshot = await cache.consistentSnapshot()
      expect(performance.now() - before).toBeLessThan(1_000)
      expect(snapshot.revision).toBeGreaterThanOrEqual(revision)
      expect(snapshot.get('/registry/pods/a/one')?.modRevision).toBe(inside)
      expect(snapshot.get(`/elsewhere/${i}`)).toBeUndefined()
    }
  })

  test('a snapshot stays as it was while writes go on', async () => {
    const revisions = new Map<string, Revision>()
    for (let i = 0; i < 300; i++) revisions.set(`${i}`, await put(`a/${i}`, { i }))
    await start()
    const snapshot = await cache.consistentSnapshot()
    const before = names(snapshot)
    for (let i = 0; i < 300; i += 3) await remove(`a/${i}`, revisions.get(`${i}`) as Revision)
    for (let i = 1; i < 300; i += 3) await put(`a/${i}`, { again: i }, revisions.get(`${i}`))
    await put('a/new', {})
    const after = await cache.consistentSnapshot()
    expect(names(snapshot)).toEqual(before)
    expect(snapshot.count(pods.start, pods.end)).toBe(300)
    for (const entry of snapshot.range(pods.start, pods.end))
      expect(Buffer.from(entry.bytes).toString()).toBe(`{"i":${entry.key.slice(17)}}`)
    expect(after.count(pods.start, pods.end)).toBe(201)
    expect(names(after)).toHaveLength(201)
  })

  test('waits for a revision that is still to come, and gives up on one that does not', async () => {
    await start()
    const next = (await store.revision()) + 1
    const waiting = cache.snapshotAtLeast(next)
    const revision = await put('a/one', {})
    expect((await waiting).get('/registry/pods/a/one')?.modRevision).toBe(revision)
    await expect(cache.snapshotAtLeast(next + 1_000)).rejects.toThrow(TooLargeRevisionError)
    await expect(cache.snapshotAtLeast(next + 1_000, AbortSignal.timeout(50))).rejects.toThrow('timeout')
  })

  test('gives the state as of past revisions, each exactly, until the window has moved on', async () => {
    await put('a/before', {})
    await start({ windowEvents: 50 })
    const history: { revision: Revision; names: string[] }[] = []
    const now = new Map<string, Revision>([['a/before', await store.revision()]])
    const remember = (revision: Revision) =>
      history.push({ revision, names: [...now].map(([name, at]) => `${name}@${at}`).sort() })
    remember(await store.revision())
    for (let i = 0; i < 90; i++) {
      const name = `a/${(i * 7) % 11}`
      const at = now.get(name)
      if (at && i % 4 === 0) {
        const revision = await remove(name, at)
        now.delete(name)
        remember(revision)
      } else {
        const revision = await put(name, { i }, at)
        now.set(name, revision)
        remember(revision)
      }
    }
    await cache.consistentSnapshot()
    let expired = 0
    for (const past of [...history, ...history.slice().reverse()]) {
      if (past.revision < cache.oldest) {
        await expect(cache.snapshotAt(past.revision)).rejects.toThrow(ExpiredError)
        expired++
        continue
      }
      const snapshot = await cache.snapshotAt(past.revision)
      expect(snapshot.revision).toBe(past.revision)
      expect(names(snapshot).sort()).toEqual(past.names)
    }
    expect(expired).toBe(2 * (91 - 51))
  })

  test('a watch gets what follows, with the object before', async () => {
    await start()
    const seen = watch({ after: cache.revision })
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
    const first = cache.revision
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
    const first = cache.revision
    for (let i = 0; i < 6; i++) await put(`a/${i}`, {})
    await cache.consistentSnapshot()
    expect(() => watch({ after: first })).toThrow(ExpiredError)
    expect(() => watch({ after: first })).toThrow(`too old resource version: ${first} (${first + 1})`)
    expect(watch({ after: first + 1 }).ended).toBeUndefined()
  })

  test('watches on a key, a namespace, a kind, a stretch or a node get their events and no others', async () => {
    await start()
    const after = cache.revision
    const one = watch({ after, start: '/registry/pods/a/x', end: '/registry/pods/a/x\0' })
    const namespace = watch({ after, start: '/registry/pods/a/', end: '/registry/pods/a0' })
    const kind = watch({ after })
    const stretch = watch({ after, start: '/registry/pods/a/x', end: '/registry/pods/b/y' })
    const node = watch({ after, field: { name: 'spec.nodeName', value: 'n1' } })
    const byName = watch({ after, field: { name: 'metadata.name', value: 'x' } })
    const everything = watch({ after, start: '/registry/', end: '/registry0' })
    const ax = await put('a/x', {})
    await put('b/x', { node: 'n2' })
    const bx = (await store.get('/registry/pods/b/x')).kv?.modRevision
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
    const aborted = watch({ after: cache.revision, signal: own.signal })
    const kept = watch({ after: cache.revision })
    own.abort()
    await kept.until(await put('a/one', {}))
    await cache.close()
    expect(aborted.events).toEqual([])
    expect(aborted.ended).toBeUndefined()
    expect(kept.ended).toBeInstanceOf(Error)
    await expect(cache.consistentSnapshot()).rejects.toThrow()
  })

  test('a watcher that throws is ended and does not hurt the others', async () => {
    await start()
    const bad = watch({
      after: cache.revision,
      onEvents() {
        throw new Error('broken watcher')
      },
    })
    const good = watch({ after: cache.revision })
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
    const flaky = breakable(store)
    const first = await put('a/one', {})
    await start({ store: flaky.store })
    const seen = watch({ after: cache.revision })
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
    const snapshot = await cache.consistentSnapshot()
    expect(names(snapshot)).toEqual([`a/one@${first}`, `a/three@${three}`, `a/two@${two}`])
    expect(() => watch({ after: first })).toThrow(ExpiredError)
    const again = watch({ after: snapshot.revision })
    await again.until(await put('a/four', {}))
    expect(again.events).toHaveLength(1)
  })

  test('values that are not ours have empty facts', async () => {
    await store.put({ key: '/registry/pods/a/odd', value: Buffer.from('k8s\0binary'), expected: 0 })
    await start()
    expect(cache.snapshot().get('/registry/pods/a/odd')).toMatchObject({ labels: {}, fields: {}, spliceAt: 0 })
  })

  test('forms are made once and shared, and the oldest go at the bound', async () => {
    await start({ formBytes: 20_000 })
    for (let i = 0; i < 20; i++) await put(`a/${i}`, {})
    const snapshot = await cache.consistentSnapshot()
    const entries = [...snapshot.range(pods.start, pods.end)]
    let made = 0
    const make = () => {
      made++
      return Buffer.alloc(1_500, 'x')
    }
    const [first] = entries
    const form = first?.form('json', make)
    expect(first?.form('json', make)).toBe(form)
    expect(first?.form('other', make)).not.toBe(form)
    expect(made).toBe(2)
    for (const entry of entries) entry.form('json', make)
    expect(made).toBe(21)
    first?.form('json', make)
    expect(made).toBe(22)
    // not a piece of Node's pool, which would keep all of the pool alive
    const small = first?.form('small', () => Buffer.from('tiny'))
    expect(small?.buffer.byteLength).toBeLessThan(64)
    expect(Buffer.from(small ?? []).toString()).toBe('tiny')
  })

  test('keeps bytes right through churn and snapshots, in little more memory than they need', async () => {
    await start({ windowEvents: 100 })
    const random = (seed: number) => `${seed}-`.repeat(400 + (seed % 300))
    const revisions = new Map<string, Revision>()
    for (let round = 0; round < 4; round++)
      await Promise.all(
        Array.from({ length: 250 }, async (_, i) => {
          revisions.set(`a/${i}`, await put(`a/${i}`, { text: random(i + round) }, revisions.get(`a/${i}`)))
        }),
      )
    const held = await cache.consistentSnapshot()
    await Promise.all(
      Array.from({ length: 250 }, async (_, i) => {
        revisions.set(`a/${i}`, await put(`a/${i}`, { text: random(i + 9) }, revisions.get(`a/${i}`)))
      }),
    )
    const now = await cache.consistentSnapshot()
    for (let i = 0; i < 250; i++) {
      const text = (snapshot: Snapshot) =>
        JSON.parse(Buffer.from(snapshot.get(`/registry/pods/a/${i}`)?.bytes ?? []).toString()).text
      expect(text(held)).toBe(random(i + 3))
      expect(text(now)).toBe(random(i + 9))
    }
  })
})

test('events of one burst come in one call', async () => {
  const store = await embedded()
  const cache = createWatchCache({ store, describe: facts })
  await cache.ready
  await cache.consistentSnapshot()
  const calls: number[] = []
  const stop = new AbortController()
  cache.watch({
    ...pods,
    after: cache.revision,
    onEvents: events => void calls.push(events.length),
    onEnd: () => undefined,
    signal: stop.signal,
  })
  await store.createAll(
    Array.from({ length: 40 }, (_, i) => ({ key: `/registry/pods/a/${i}`, value: Buffer.from('{}') })),
  )
  expect(calls).toEqual([40])
  stop.abort()
  await cache.close()
  await store.close()
})

test('reads that wait together share one question to the store, and none takes an answer older than itself', async () => {
  let now = 10
  const asked: { answer(): void }[] = []
  const source = new RevisionSource({
    revision: () =>
      new Promise(resolve => {
        const revision = now
        asked.push({ answer: () => resolve(revision) })
      }),
  })
  const first = source.ask()
  now = 11
  const later = Array.from({ length: 50 }, () => source.ask())
  expect(asked).toHaveLength(1)
  asked[0]?.answer()
  expect(await first).toBe(10)
  await expect.poll(() => asked.length).toBe(2)
  now = 12
  const last = source.ask()
  asked[1]?.answer()
  expect(new Set(await Promise.all(later))).toEqual(new Set([11]))
  await expect.poll(() => asked.length).toBe(3)
  asked[2]?.answer()
  expect(await last).toBe(12)
  expect(asked).toHaveLength(3)
})

/** A store whose watches can be broken by hand. */
function breakable(store: KeyValueStore) {
  const live = new Set<{ options: StoreWatchOptions; stop: AbortController }>()
  let watches = 0
  const proxy = new Proxy(store, {
    get(target, name) {
      if (name === 'watch')
        return (options: StoreWatchOptions) => {
          watches++
          const stop = new AbortController()
          const entry = { options, stop }
          live.add(entry)
          options.signal.addEventListener('abort', () => {
            stop.abort()
            live.delete(entry)
          })
          return target.watch({ ...options, signal: stop.signal })
        }
      const value = Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  return {
    store: proxy,
    get watches() {
      return watches
    },
    breakWatch(error: Error) {
      for (const entry of live) {
        entry.stop.abort()
        live.delete(entry)
        entry.options.onEnd(error)
      }
    },
  }
}
