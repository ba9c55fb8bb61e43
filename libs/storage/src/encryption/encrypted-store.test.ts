import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { keyValueStoreSuite } from '../conformance/index.ts'
import { openEmbeddedStore } from '../embedded/index.ts'
import { withKeyPrefix } from '../key-prefix.ts'
import type { KeyValueStore, StoreEvent } from '../key-value-store.ts'
import { encryptedStore } from './encrypted-store.ts'
import { TransformationMetrics } from './metrics.ts'
import { PrefixTransformers } from './prefix-transformers.ts'
import { AesGcm } from './providers/aes-gcm.ts'
import { identity } from './providers/identity.ts'
import { ResourceTransformers } from './resource-transformers.ts'
import type { Transformer } from './transformer.ts'

const directories: string[] = []
afterAll(async () => {
  for (const directory of directories) await rm(directory, { recursive: true, force: true })
})
const newDirectory = async () => {
  const directory = await mkdtemp(join(tmpdir(), 'kubets-encrypted-'))
  directories.push(directory)
  return directory
}

const kindOf = (key: string) =>
  key.startsWith('/registry/ranges/') ? undefined : { group: '', resource: 'secrets', name: 'secrets' }
const gcm = (...seeds: number[]) => {
  const metrics = new TransformationMetrics()
  const keys = seeds.map(seed => ({ prefix: `key${seed}:`, transformer: new AesGcm(Buffer.alloc(32, seed)) }))
  const inner = new PrefixTransformers('no matching key was found for the provided AES transformer', keys, metrics)
  const outer = [
    { prefix: 'k8s:enc:aesgcm:v1:', transformer: inner },
    { prefix: '', transformer: identity },
  ]
  return new PrefixTransformers('no matching prefix found', outer, metrics)
}
/** Opens a turn later, as what has to be asked for. */
const slow = (transformer: Transformer): Transformer => ({
  seal: (plain, place, head) => transformer.seal(plain, place, head),
  open: async (stored, place) => {
    await new Promise(resolve => setImmediate(resolve))
    return transformer.open(Buffer.from(stored), place)
  },
})
const over = (store: KeyValueStore, transformer: Transformer) =>
  encryptedStore({ store, transformers: new ResourceTransformers(new Map([['secrets', transformer]])), kindOf })

keyValueStoreSuite('an encrypted store', async () =>
  over(await openEmbeddedStore({ directory: await newDirectory() }), gcm(1)),
)
keyValueStoreSuite('an encrypted store whose keys are asked for', async () =>
  over(await openEmbeddedStore({ directory: await newDirectory() }), slow(gcm(1))),
)

let directory: string
let inner: KeyValueStore
beforeEach(async () => {
  directory = await newDirectory()
  inner = await openEmbeddedStore({ directory })
  return () => inner.close()
})

const marker = `a marker that nobody sees ${'0123456789'.repeat(100)}`
const key = '/registry/secrets/default/a'
const put = (store: KeyValueStore, value = marker, expected = 0, at = key) =>
  store.put({ key: at, value: Buffer.from(value), expected })
const text = (value: Uint8Array | undefined) => Buffer.from(value ?? []).toString()

test('the store and its files hold ciphertexts, readers get what was written', async () => {
  const store = over(inner, gcm(1))
  await put(store)
  await store.createAll([{ key: '/registry/secrets/default/b', value: Buffer.from(marker) }])
  expect(text((await store.get(key)).kv?.value)).toBe(marker)
  const { kvs } = await inner.range({ start: '/', end: '0' })
  expect(kvs).toHaveLength(2)
  for (const kv of kvs) expect(text(kv.value)).toMatch(/^k8s:enc:aesgcm:v1:key1:/)
  await inner.close()
  for (const file of await readdir(directory))
    expect((await readFile(join(directory, file))).includes('a marker that nobody sees'), file).toBe(false)
})

test('what is no object of the API stays as it is', async () => {
  const store = over(inner, gcm(1))
  await put(store, 'ports', 0, '/registry/ranges/servicenodeports')
  expect(text((await inner.get('/registry/ranges/servicenodeports')).kv?.value)).toBe('ports')
  expect(text((await store.get('/registry/ranges/servicenodeports')).kv?.value)).toBe('ports')
})

test('what an older key or nobody encrypted is told to be stale', async () => {
  await put(over(inner, gcm(1)))
  await put(inner, 'clear', 0, '/registry/secrets/default/clear')
  const store = over(inner, gcm(2, 1))
  expect((await store.get(key)).kv).toMatchObject({ stale: true })
  const { kvs } = await store.range({ start: '/registry/', end: '/registry0' })
  expect(kvs.map(kv => [kv.stale, text(kv.value)])).toEqual([
    [true, marker],
    [true, 'clear'],
  ])
  const { kv } = await store.get(key)
  const written = await put(store, marker, kv?.modRevision)
  expect(written.ok).toBe(true)
  expect((await store.get(key)).kv?.stale).toBeUndefined()
})

test.each([
  ['at once', gcm(2)],
  ['after asking', slow(gcm(2))],
])('what cannot be opened (%s) is told, and hides nothing else', async (_, transformer) => {
  await put(over(inner, gcm(1)))
  const store = over(inner, transformer)
  await put(store, 'readable', 0, '/registry/secrets/default/b')
  const message = 'no matching key was found for the provided AES transformer'
  const { kv } = await store.get(key)
  expect(kv?.unreadable?.message).toBe(message)
  expect(kv).toMatchObject({ key, createRevision: 2, modRevision: 2 })
  expect(() => kv?.value).toThrow(message)
  const seen: string[] = []
  await store.scan({ start: '/registry/', end: '/registry0' }, one => {
    seen.push(one.unreadable?.message ?? text(one.value))
  })
  expect(seen).toEqual([message, 'readable'])
  // a write that compares wrongly shows what stands there; one that does not care of it goes through
  const refused = await put(store)
  expect(refused.ok).toBe(false)
  expect(refused.ok ? undefined : refused.current?.unreadable?.message).toBe(message)
  expect((await store.delete({ key, expected: 2 })).ok).toBe(true)
})

test.each([
  ['at once', gcm(1)],
  ['after asking', slow(gcm(1))],
])('a watch opens what it brings (%s), in order, and tells what it cannot', async (_, transformer) => {
  const store = over(inner, transformer)
  await put(store, 'before')
  const events: StoreEvent[] = []
  using stop = new DisposableStack()
  const controller = new AbortController()
  stop.defer(() => controller.abort())
  store.watch({
    start: '/registry/',
    end: '/registry0',
    from: 2,
    onEvents: batch => void events.push(...batch),
    onEnd: error => expect.unreachable(error.message),
    signal: controller.signal,
  })
  await put(store, 'mine', 2)
  await put(over(inner, gcm(9)), 'foreign', 0, '/registry/secrets/default/b')
  await store.delete({ key, expected: 3 })
  await put(store, 'last', 0, '/registry/secrets/default/c')
  await expect.poll(() => events.length).toBe(5)
  expect(events.map(event => event.unreadable?.message ?? `${event.type} ${text(event.value)}`)).toEqual([
    'put before',
    'put mine',
    'no matching key was found for the provided AES transformer',
    'delete ',
    'put last',
  ])
})

test('who writes gets back from the watch what it wrote, not a copy: nothing is opened for it', async () => {
  const transformer = gcm(1)
  let opened = 0
  const counting: Transformer = {
    seal: (plain, place, head) => transformer.seal(plain, place, head),
    open: (stored, place) => {
      opened++
      return transformer.open(stored, place)
    },
  }
  const store = over(inner, counting)
  const events: StoreEvent[] = []
  const controller = new AbortController()
  store.watch({
    start: '/registry/',
    end: '/registry0',
    onEvents: batch => void events.push(...batch),
    onEnd: () => undefined,
    signal: controller.signal,
  })
  const value = Buffer.from(marker)
  await store.put({ key, value, expected: 0 })
  await expect.poll(() => events.length).toBe(1)
  expect(events[0]?.value).toBe(value)
  expect(opened).toBe(0)
  controller.abort()
})

test('a new configuration holds from the next value on', async () => {
  const transformers = new ResourceTransformers(new Map([['secrets', gcm(1)]]))
  const store = encryptedStore({ store: inner, transformers, kindOf })
  await put(store)
  transformers.replace(new Map([['secrets', gcm(2, 1)]]))
  expect((await store.get(key)).kv?.stale).toBe(true)
  await put(store, marker, 2)
  expect(text((await inner.get(key)).kv?.value)).toMatch(/^k8s:enc:aesgcm:v1:key2:/)
  // none at all
  transformers.replace(new Map())
  expect((await store.get(key)).kv?.unreadable?.message).toBe('identity transformer tried to read encrypted data')
})

test('under another prefix values are bound to the keys that they really lie under', async () => {
  await put(over(withKeyPrefix(inner, '/elsewhere'), gcm(1)))
  const real = '/elsewhere/secrets/default/a'
  const direct = over(inner, gcm(1))
  expect(text((await direct.get(real)).kv?.value)).toBe(marker)
  expect(text((await over(withKeyPrefix(inner, '/elsewhere'), gcm(1)).get(key)).kv?.value)).toBe(marker)
  const { kv } = await over(withKeyPrefix(inner, '/elsewhere'), gcm(2)).get(key)
  expect(kv?.unreadable).toMatchObject({ key: real })
})
