import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openEmbeddedStore } from '../embedded/index.ts'
import { openEtcdStore } from '../etcd/index.ts'
import { type EtcdServer, startEtcdServer } from '../etcd/server.ts'
import { CompactedError, type KeyValue, type KeyValueStore } from '../key-value-store.ts'
import { contentsOf, copyIntoStore, importEmbeddedStore, openEmbeddedContents, writeSnapshot } from './index.ts'

const everything = { start: '\0', end: '\u{10ffff}' }
const bytes = (text: string) => Buffer.from(text)
const plain = async (store: KeyValueStore) =>
  (await store.range(everything)).kvs.map(({ key, value }) => [key, Buffer.from(value).toString('latin1')])

let folder: string
let server: EtcdServer
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubets-copy-'))
  server = await startEtcdServer()
})
afterEach(async () => {
  await server[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

async function fill(store: KeyValueStore, rounds: number): Promise<void> {
  const lease = await store.grantLease(600)
  for (let i = 0; i < 600; i += 100)
    await store.createAll(
      Array.from({ length: 100 }, (_, n) => ({ key: `/registry/n/${i + n}`, value: bytes(`${i + n} `.repeat(n)) })),
    )
  await store.put({ key: '/registry/leased', value: Buffer.from([0, 255, 1]), expected: 0, lease })
  await store.put({ key: 'outside', value: bytes(''), expected: 0 })
  let revision = 0
  for (let i = 0; i < rounds; i++)
    revision = (await store.put({ key: '/registry/hot', value: bytes(String(i)), expected: revision })).revision
}

describe('a copy between backends', () => {
  test('from embedded to etcd has every key and lease, above every revision seen, and compacted', async () => {
    const directory = join(folder, 'store')
    const source = await openEmbeddedStore({ directory })
    await fill(source, 500)
    const seen = await source.revision()
    const before = await plain(source)
    await source.close()

    await using contents = await openEmbeddedContents({ directory, exclusive: true })
    await using target = await openEtcdStore({ endpoints: [server.endpoint] })
    const told: string[] = []
    const result = await copyIntoStore(contents, target, { onProgress: what => told.push(what) })
    expect(result).toMatchObject({ keys: before.length, leases: 1 })
    expect(told.at(-1)).toBe(`${before.length} keys`)
    expect(await plain(target)).toEqual(before)
    for (const kv of (await target.range(everything)).kvs) expect(kv.createRevision).toBeGreaterThan(seen)
    await expect(target.get('/registry/hot', { revision: seen })).rejects.toThrow(CompactedError)
    const ended = await new Promise<Error>(resolve =>
      target.watch({
        ...everything,
        from: seen + 1,
        onEvents: () => undefined,
        onEnd: resolve,
        signal: new AbortController().signal,
      }),
    )
    expect(ended).toBeInstanceOf(CompactedError)
    const [lease] = await target.leases()
    expect(lease?.ttl).toBe(600)
    await target.revokeLease(lease?.id ?? 0n)
    expect((await target.get('/registry/leased')).kv).toBeUndefined()

    // it is not empty now
    await using again = await openEmbeddedContents({ directory })
    await expect(copyIntoStore(again, target)).rejects.toThrow(/the target is not empty: it holds \d+ keys/)
  })

  test('from etcd to embedded keeps the revisions, and what is left of leases', async () => {
    await using source = await openEtcdStore({ endpoints: [server.endpoint] })
    await fill(source, 50)
    const before = await source.range(everything)
    const directory = join(folder, 'store')
    await using contents = await contentsOf(source)
    const result = await importEmbeddedStore(contents, { directory, raiseBy: 1000 })
    expect(result).toMatchObject({ keys: before.count, revision: before.revision + 1000 })
    await using target = await openEmbeddedStore({ directory })
    const exact = (kv: KeyValue) => ({ ...kv, value: Buffer.from(kv.value).toString('latin1') })
    expect((await target.range(everything)).kvs.map(exact)).toEqual(before.kvs.map(exact))
    const [lease] = await target.leases()
    expect(lease?.ttl).toBeGreaterThan(500)
    expect(lease?.ttl).toBeLessThanOrEqual(600)
    await target.revokeLease(lease?.id ?? 0n)
    expect((await target.get('/registry/leased')).kv).toBeUndefined()
  })

  test('a target whose revision writes cannot reach is refused with what to do', async () => {
    const directory = join(folder, 'store')
    await (await openEmbeddedStore({ directory })).close()
    {
      await using contents = await openEmbeddedContents({ directory, exclusive: true })
      await importEmbeddedStore(contents, { directory: join(folder, 'high'), raiseBy: 1_000_000_000 })
    }
    await using contents = await openEmbeddedContents({ directory: join(folder, 'high') })
    await using target = await openEtcdStore({ endpoints: [server.endpoint] })
    await expect(copyIntoStore(contents, target)).rejects.toThrow(
      /the target's revision is \d+ and has to be above 1000001001.*restored from a snapshot.*etcdutl snapshot restore empty.db --bump-revision 1000001001 --mark-compacted/,
    )
    expect(await plain(target)).toEqual([])
  })

  test('a store that was restored with a smaller jump is copied', async () => {
    const directory = join(folder, 'store')
    const source = await openEmbeddedStore({ directory })
    await fill(source, 5)
    const before = await plain(source)
    await source.close()
    const high = join(folder, 'high')
    {
      await using contents = await openEmbeddedContents({ directory, exclusive: true })
      await importEmbeddedStore(contents, { directory: high, raiseBy: 5_000 })
    }
    await using contents = await openEmbeddedContents({ directory: high, exclusive: true })
    await using target = await openEtcdStore({ endpoints: [server.endpoint] })
    const result = await copyIntoStore(contents, target)
    expect(result.revision).toBeGreaterThan(contents.revision)
    expect(await plain(target)).toEqual(before)
  })

  test('a snapshot of etcd is the same kind of file', async () => {
    await using source = await openEtcdStore({ endpoints: [server.endpoint] })
    await fill(source, 5)
    await using contents = await contentsOf(source)
    const summary = await writeSnapshot(contents, join(folder, 'snapshot'))
    expect(summary).toMatchObject({ keys: 603, leases: 1, revision: await source.revision() })
  })
})
