import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { KeyValue, KeyValueStore } from '../../key-value-store.ts'
import { createWatchCache } from '../../watch-cache/index.ts'
import { facts } from '../../watch-cache/testing/fixture.ts'
import { openEmbeddedStore } from '../index.ts'

const range = { start: '/registry/', end: '/registry0' }
/** A few pages for the thread, a few for the loop. */
const count = 12_000
const name = (i: number) => `/registry/pods/default/${String(i).padStart(6, '0')}`

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kubets-loading-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

const inThread = () => openEmbeddedStore({ directory, load: { ...range, from: 0 } })

/** In an order that is not that of their keys, and some of them replaced; what lies beside the range is not to be seen. */
async function fill(keys = count): Promise<void> {
  await using store = await openEmbeddedStore({ directory })
  const writes = Array.from({ length: keys }, (_, i) => {
    const at = (i * 7_919) % keys
    return { key: name(at), value: Buffer.from(JSON.stringify({ node: `node-${at}`, text: 'x'.repeat(at % 700) })) }
  })
  for (let from = 0; from < keys; from += 100) await store.createAll(writes.slice(from, from + 100))
  await store.createAll(['/registr', '/registry0', '/registry1'].map(key => ({ key, value: Buffer.from('beside') })))
  const replaced = await store.range({ start: name(0), end: name(Math.min(keys, 50)) })
  for (const { key, modRevision } of replaced.kvs)
    await store.put({ key, value: Buffer.from('{"node":"anew"}'), expected: modRevision })
}

interface Seen {
  readonly kvs: KeyValue[]
  readonly lasting: number
}

async function scanned(store: KeyValueStore, of = range): Promise<Seen> {
  const kvs: KeyValue[] = []
  let lasting = 0
  await store.scan(of, (kv, place, lasts) => {
    expect(kvs[place]).toBeUndefined()
    kvs[place] = lasts ? kv : { ...kv, value: Buffer.from(kv.value) }
    if (lasts) lasting++
  })
  return { kvs, lasting }
}

const plain = (kvs: readonly KeyValue[]) =>
  kvs.map(({ value, ...kv }) => ({ ...kv, value: Buffer.from(value).toString() }))

test.each([[1], [2_048], [2_049], [count]])('a store of %i keys is read by a thread as by the loop', async keys => {
  await fill(keys)
  await using store = await inThread()
  const { kvs } = await scanned(store)
  expect(kvs).toHaveLength(keys)
  expect(plain(kvs)).toEqual(plain((await store.range(range)).kvs))
})

test('an empty store has nothing', async () => {
  await (await openEmbeddedStore({ directory })).close()
  await using store = await inThread()
  expect((await scanned(store)).kvs).toEqual([])
})

test('what is written before the scan is seen, whether the thread had begun or not', async () => {
  await fill()
  await using store = await inThread()
  await store.put({ key: name(count), value: Buffer.from('{}'), expected: 0 })
  const { kvs } = await scanned(store)
  expect([kvs.length, kvs.at(-1)?.key]).toEqual([count + 1, name(count)])
})

test('another range is read by the loop, and so is a second time', async () => {
  await fill()
  await using store = await inThread()
  const some = await scanned(store, { start: name(10), end: name(20) })
  expect([some.kvs.map(kv => kv.key), some.lasting]).toEqual([Array.from({ length: 10 }, (_, i) => name(10 + i)), 0])
  const all = await scanned(store)
  expect([all.kvs.length, all.lasting]).toEqual([count, 0])
})

test('a cache over it says what the store says, then follows', async () => {
  await fill()
  await using store = await inThread()
  await using cache = createWatchCache({ store, describe: facts })
  await cache.ready
  const { kvs, revision } = await store.range(range)
  expect(cache.revision).toBe(revision)
  const found = [...cache.snapshot().range(range.start, range.end)]
  expect(found.map(entry => [entry.key, entry.bytes.toString(), entry.modRevision, entry.createRevision])).toEqual(
    kvs.map(kv => [kv.key, Buffer.from(kv.value).toString(), kv.modRevision, kv.createRevision]),
  )
  for (const [i, kv] of kvs.entries()) {
    if (i % 3 === 0) continue
    await store.delete({ key: kv.key, expected: kv.modRevision })
    if (i > 100) break
  }
  const first = kvs[0] as KeyValue
  const put = await store.put({ key: first.key, value: Buffer.from('{"node":"last"}'), expected: first.modRevision })
  const now = await cache.snapshotAtLeast(put.revision)
  expect(now.get(first.key)?.fields).toMatchObject({ 'spec.nodeName': 'last' })
  expect(now.count(range.start, range.end)).toBe((await store.range({ ...range, countOnly: true })).count)
  expect(now.get(name(count - 1))?.fields).toMatchObject({ 'spec.nodeName': `node-${count - 1}` })
})

test('a store that is closed before it was read, and one that is closed meanwhile, close', async () => {
  await fill()
  await (await inThread()).close()
  const store = await inThread()
  const scan = scanned(store)
  const refused = expect(scan).rejects.toThrow('the store is closed')
  await store.close()
  await refused
  await using again = await inThread()
  expect((await scanned(again)).kvs).toHaveLength(count)
})

describe('damage', () => {
  test('of a page is told as without a thread, and the lock is given back', async () => {
    await fill()
    const path = join(directory, 'data.mdb')
    const whole = await readFile(path)
    const broken = Buffer.from(whole)
    broken.fill(0xaa, 4096 * 20, 4096 * 21)
    await writeFile(path, broken)
    const told = await openEmbeddedStore({ directory }).then(
      () => '',
      error => (error as Error).message,
    )
    expect(told).toMatch(/is damaged \(data.mdb, page/)
    await expect(inThread()).rejects.toThrow(told)
    await writeFile(path, whole)
    await using store = await inThread()
    expect((await scanned(store)).kvs).toHaveLength(count)
  })

  test('of a value is told where it is read', async () => {
    await fill()
    await using before = await openEmbeddedStore({ directory })
    await before.put({ key: '/registry/a', value: Buffer.from('what it holds'), expected: 0 })
    await before.close()
    const path = join(directory, 'data.mdb')
    const bytes = await readFile(path)
    bytes.writeUInt8(0x78, bytes.indexOf('what it holds') + 3)
    await writeFile(path, bytes)
    await using store = await inThread()
    await expect(scanned(store)).rejects.toThrow('the value of "/registry/a" at revision')
  })
})
