import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { keyValueStoreSuite } from '../conformance/index.ts'
import { openEmbeddedStore } from '../embedded/index.ts'
import { type KeyValueStore, prefixEnd, type StoreEvent } from '../key-value-store.ts'
import { type StoredForms, translatedStore } from './translated-store.ts'

const directories: string[] = []
afterAll(async () => {
  for (const directory of directories) await rm(directory, { recursive: true, force: true })
})
const open = async () => {
  const directory = await mkdtemp(join(tmpdir(), 'kubets-translated-'))
  directories.push(directory)
  return openEmbeddedStore({ directory })
}

const tilde = 0x7e
/** Other forms begin with `~` or `!`; the latter is read by nobody. */
const reading: StoredForms = {
  read(_, stored) {
    if (stored[0] === 0x21) throw new Error('nobody reads this')
    return stored[0] === tilde ? stored.slice(1) : stored
  },
}
const both: StoredForms = { ...reading, write: (_, wanted) => Buffer.concat([Buffer.from('~'), wanted]) }

keyValueStoreSuite('a store of another form', async () => translatedStore(await open(), both))
keyValueStoreSuite('a store in which other forms are read', async () => translatedStore(await open(), reading))

let inner: KeyValueStore
beforeEach(async () => {
  inner = await open()
  return () => inner.close()
})
const key = '/registry/pods/default/a'
const put = (store: KeyValueStore, value: string, expected = 0, at = key) =>
  store.put({ key: at, value: Buffer.from(value), expected })
const text = (value: Uint8Array | undefined) => Buffer.from(value ?? []).toString()

test('what lies there in another form is read everywhere, and is stale', async () => {
  const { revision } = await put(inner, '~a')
  const store = translatedStore(inner, reading)
  const { kv } = await store.get(key)
  expect([text(kv?.value), kv?.stale]).toEqual(['a', true])
  const range = { start: '/registry/', end: prefixEnd('/registry/') }
  expect((await store.range(range)).kvs.map(one => text(one.value))).toEqual(['a'])
  const scanned: string[] = []
  await store.scan(range, one => void scanned.push(text(one.value)))
  expect(scanned).toEqual(['a'])
  const refused = await put(store, 'b')
  expect(refused.ok ? undefined : [text(refused.current?.value), refused.current?.stale]).toEqual(['a', true])
  expect((await put(store, 'a', revision)).ok).toBe(true)
  expect((await store.get(key)).kv?.stale).toBeUndefined()
  expect(text((await inner.get(key)).kv?.value)).toBe('a')
})

test('what is written lies there in the form that is chosen; what lies there otherwise is stale', async () => {
  const store = translatedStore(inner, both)
  await put(store, 'a')
  await put(inner, 'plain', 0, `${key}2`)
  expect(text((await inner.get(key)).kv?.value)).toBe('~a')
  expect((await store.get(key)).kv?.stale).toBeUndefined()
  expect((await store.get(`${key}2`)).kv).toMatchObject({ value: Buffer.from('plain'), stale: true })
})

test('watchers get what the writer had, the very bytes', async () => {
  const store = translatedStore(inner, both)
  const stop = new AbortController()
  const seen: StoreEvent[] = []
  store.watch({
    start: '/registry/',
    end: prefixEnd('/registry/'),
    onEvents: events => void seen.push(...events),
    onEnd: () => undefined,
    signal: stop.signal,
  })
  const value = Buffer.from('mine')
  await store.put({ key, value, expected: 0 })
  await put(inner, '~theirs', 0, `${key}2`)
  await expect.poll(() => seen.length).toBe(2)
  stop.abort()
  expect(seen[0]?.value).toBe(value)
  expect(text(seen[1]?.value)).toBe('theirs')
})

test('what cannot be read is told by its own key and disturbs no other', async () => {
  await put(inner, '!', 0, key)
  await put(inner, '~b', 0, `${key}2`)
  const store = translatedStore(inner, reading)
  const { kvs } = await store.range({ start: '/registry/', end: prefixEnd('/registry/') })
  expect(kvs[0]?.unreadable).toMatchObject({ message: 'nobody reads this', key })
  expect(text(kvs[1]?.value)).toBe('b')
  expect((await store.delete({ key, expected: kvs[0]?.modRevision ?? 0 })).ok).toBe(true)
})
