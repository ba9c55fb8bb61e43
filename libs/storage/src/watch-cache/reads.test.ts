import { expect, test } from 'vitest'
import type { Revision } from '../key-value-store.ts'
import { ExpiredError, type Snapshot, TooLargeRevisionError } from './contract.ts'
import { overBothStores, pods } from './testing/fixture.ts'

overBothStores(on => {
  const { start, put, remove, names } = on

  test('has what was there before, with facts and bytes', async () => {
    const r1 = await put('a/one', { node: 'n1', labels: { app: 'x' } })
    await start()
    const entry = on.cache.snapshot().get('/registry/pods/a/one')
    expect(entry).toMatchObject({
      key: '/registry/pods/a/one',
      createRevision: r1,
      modRevision: r1,
      labels: { app: 'x' },
      fields: { 'metadata.name': 'one', 'spec.nodeName': 'n1' },
      spliceAt: 1,
    })
    expect(Buffer.from(entry?.bytes ?? []).toString()).toBe('{"node":"n1","labels":{"app":"x"}}')
    expect(on.cache.get('/registry/pods/a/one')).toBe(entry)
    expect(on.cache.snapshot().get('/registry/pods/a/two')).toBeUndefined()
    expect(on.cache.get('/registry/pods/a/two')).toBeUndefined()
  })

  test('a consistent read sees every write that was answered before it', async () => {
    await start()
    for (let i = 0; i < 20; i++) {
      const revision = await put(`a/${i}`, {})
      const snapshot = await on.cache.consistentSnapshot()
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
      const snapshot = await on.cache.consistentSnapshot()
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
    const snapshot = await on.cache.consistentSnapshot()
    const before = names(snapshot)
    for (let i = 0; i < 300; i += 3) await remove(`a/${i}`, revisions.get(`${i}`) as Revision)
    for (let i = 1; i < 300; i += 3) await put(`a/${i}`, { again: i }, revisions.get(`${i}`))
    await put('a/new', {})
    const after = await on.cache.consistentSnapshot()
    expect(names(snapshot)).toEqual(before)
    expect(snapshot.count(pods.start, pods.end)).toBe(300)
    for (const entry of snapshot.range(pods.start, pods.end))
      expect(Buffer.from(entry.bytes).toString()).toBe(`{"i":${entry.key.slice(17)}}`)
    expect(after.count(pods.start, pods.end)).toBe(201)
    expect(names(after)).toHaveLength(201)
  })

  test('waits for a revision that is still to come, and gives up on one that does not', async () => {
    await start()
    const next = (await on.store.revision()) + 1
    const waiting = on.cache.snapshotAtLeast(next)
    const revision = await put('a/one', {})
    expect((await waiting).get('/registry/pods/a/one')?.modRevision).toBe(revision)
    await expect(on.cache.snapshotAtLeast(next + 1_000)).rejects.toThrow(TooLargeRevisionError)
    await expect(on.cache.snapshotAtLeast(next + 1_000, AbortSignal.timeout(50))).rejects.toThrow('timeout')
  })

  test('gives the state as of past revisions, each exactly, until the window has moved on', async () => {
    await put('a/before', {})
    await start({ windowEvents: 50 })
    const history: { revision: Revision; names: string[] }[] = []
    const now = new Map<string, Revision>([['a/before', await on.store.revision()]])
    const remember = (revision: Revision) =>
      history.push({ revision, names: [...now].map(([name, at]) => `${name}@${at}`).sort() })
    remember(await on.store.revision())
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
    await on.cache.consistentSnapshot()
    let expired = 0
    for (const past of [...history, ...history.slice().reverse()]) {
      if (past.revision < on.cache.oldest) {
        await expect(on.cache.snapshotAt(past.revision)).rejects.toThrow(ExpiredError)
        expired++
        continue
      }
      const snapshot = await on.cache.snapshotAt(past.revision)
      expect(snapshot.revision).toBe(past.revision)
      expect(names(snapshot).sort()).toEqual(past.names)
    }
    expect(expired).toBe(2 * (91 - 51))
  })

  test('values that are not ours have empty facts', async () => {
    await on.store.put({ key: '/registry/pods/a/odd', value: Buffer.from('k8s\0binary'), expected: 0 })
    await start()
    expect(on.cache.snapshot().get('/registry/pods/a/odd')).toMatchObject({ labels: {}, fields: {}, spliceAt: 0 })
  })

  test('forms are made once and shared, and the oldest go at the bound', async () => {
    await start({ formBytes: 20_000 })
    for (let i = 0; i < 20; i++) await put(`a/${i}`, {})
    const snapshot = await on.cache.consistentSnapshot()
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
    const held = await on.cache.consistentSnapshot()
    await Promise.all(
      Array.from({ length: 250 }, async (_, i) => {
        revisions.set(`a/${i}`, await put(`a/${i}`, { text: random(i + 9) }, revisions.get(`a/${i}`)))
      }),
    )
    const now = await on.cache.consistentSnapshot()
    for (let i = 0; i < 250; i++) {
      const text = (snapshot: Snapshot) =>
        JSON.parse(Buffer.from(snapshot.get(`/registry/pods/a/${i}`)?.bytes ?? []).toString()).text
      expect(text(held)).toBe(random(i + 3))
      expect(text(now)).toBe(random(i + 9))
    }
  })
})
