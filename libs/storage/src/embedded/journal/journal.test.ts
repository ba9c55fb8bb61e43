import { existsSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { type KeyValueStore, StoreClosedError, type StoreEvent } from '../../key-value-store.ts'
import { openEmbeddedContents } from '../contents.ts'
import { importEmbeddedStore } from '../import.ts'
import { openEmbeddedStore } from '../index.ts'
import { journaledStore } from '../testdata/journaled-store.ts'
import { told } from '../testdata/told.ts'
import { journalFile } from './journal-file.ts'

const all = { start: '\0', end: '\xff' }
const nothing = Buffer.alloc(0)
setFlagsFromString('--expose-gc')
const collect: () => void = runInNewContext('gc')

describe('what only the journal has', () => {
  const its = journaledStore()
  const { put, left, holdLmdb, release } = its

  /** Changes of all kinds. */
  async function change(to: KeyValueStore): Promise<void> {
    const write = (key: string, text: string, expected: number) =>
      to.put({ key, value: Buffer.from(text), expected }).then(({ revision }) => revision)
    const lease = await to.grantLease(600)
    const gone = await to.grantLease(600)
    const a = await write('/a', '1'.repeat(5_000), 0)
    const b = await write('/b', '', 0)
    await write('/a', '2', a)
    await to.delete({ key: '/b', expected: b })
    await to.put({ key: '/c', value: Buffer.from('kept'), expected: 0, lease })
    await to.put({ key: '/d', value: Buffer.from('not kept'), expected: 0, lease: gone })
    await to.createAll([
      { key: '/e', value: Buffer.from('1') },
      { key: '/f', value: Buffer.from('2') },
    ])
  }
  const withoutIds = (lines: string[]) => lines.map(line => line.replaceAll(/\d{10,}/g, 'ID'))

  test('is there after a kill, of all kinds: state, history, leases', async () => {
    await put('/first')
    holdLmdb()
    await change(its.store)
    const copy = left('copy')
    await using plain = await openEmbeddedStore({ directory: join(its.folder, 'plain'), writer: 'loop' })
    await plain.put({ key: '/first', value: Buffer.from('/first'), expected: 0 })
    await change(plain)
    {
      await using again = await openEmbeddedStore({ directory: copy })
      expect(withoutIds(await told(again, 2))).toEqual(withoutIds(await told(plain, 2)))
      // its leases have their keys
      const { kvs } = await again.range(all)
      await again.revokeLease(kvs.find(({ key }) => key === '/d')?.lease ?? 0n)
      expect((await again.range(all)).kvs.map(({ key }) => key)).toEqual(['/a', '/c', '/e', '/f', '/first'])
      expect(existsSync(join(copy, journalFile))).toBe(false)
    }
    await using twice = await openEmbeddedStore({ directory: copy })
    expect((await twice.range(all)).kvs.map(({ key }) => key)).toEqual(['/a', '/c', '/e', '/f', '/first'])
  })

  test('is read at once, key by key; what takes all of it waits for LMDB', async () => {
    const first = await put('/first')
    holdLmdb()
    const second = await put('/first', 'again', first)
    const third = await put('/second')
    expect((await its.store.get('/first')).kv).toMatchObject({ createRevision: first, modRevision: second })
    expect(Buffer.from((await its.store.get('/second')).kv?.value ?? []).toString()).toBe('/second')
    expect(await its.store.put({ key: '/second', value: Buffer.from(''), expected: second })).toMatchObject({
      ok: false,
      current: { key: '/second', modRevision: third },
    })
    await its.store.delete({ key: '/second', expected: third })
    expect((await its.store.get('/second')).kv).toBeUndefined()
    expect(await put('/second', 'anew')).toBe(third + 2)
    let ranged = false
    const range = its.store.range(all).finally(() => {
      ranged = true
    })
    const past = its.store.get('/first', { revision: first })
    await its.store.revision()
    expect([ranged, its.asked]).toEqual([false, 1])
    release()
    expect((await range).kvs.map(({ key, modRevision }) => [key, modRevision])).toEqual([
      ['/first', second],
      ['/second', third + 2],
    ])
    expect((await past).kv?.modRevision).toBe(first)
  })

  test('is told to watchers that begin in the past, who need not wait for LMDB', async () => {
    const first = await put('/0')
    await its.store.range(all)
    holdLmdb()
    for (let i = 1; i <= 5; i++) await put(`/${i}`)
    const events: StoreEvent[] = []
    const done = new AbortController()
    for (const from of [first, first + 3])
      its.store.watch({
        ...all,
        from,
        onEvents: found => void events.push(...found),
        onEnd: error => expect.fail(String(error)),
        signal: done.signal,
      })
    await expect.poll(() => events.length).toBe(9)
    await put('/6')
    expect(events.map(({ key }) => key).sort()).toEqual(
      ['/0', '/1', '/2', '/3', '/3', '/4', '/4', '/5', '/5', '/6', '/6'].sort(),
    )
    done.abort()
  })

  test('comes into LMDB by itself, with much in one commit', async () => {
    await put('/first')
    await its.store.range(all)
    holdLmdb()
    release()
    for (let i = 0; i < 40; i++) await put(`/${i}`)
    await expect.poll(() => its.asked, { timeout: 10_000 }).toBeGreaterThan(0)
    expect(its.asked).toBeLessThan(10)
    await using contents = await openEmbeddedContents({ directory: its.directory })
    expect(contents.revision).toBe(await its.store.revision())
  })

  test('comes into LMDB by itself when that was busy for longer than it waits', async () => {
    await put('/first')
    await its.store.range(all)
    holdLmdb()
    await put('/second')
    const range = its.store.range(all)
    await expect.poll(() => its.asked).toBe(1)
    await put('/third')
    // the time after which /third would have come into LMDB is over
    await new Promise(resolve => setTimeout(resolve, 1_200))
    release()
    await range
    await expect.poll(() => its.asked, { timeout: 10_000 }).toBe(2)
    await using contents = await openEmbeddedContents({ directory: its.directory })
    expect(contents.revision).toBe(await its.store.revision())
  })

  test('is waited for by who reads the file beside us', async () => {
    await put('/first')
    holdLmdb()
    const revision = await put('/second')
    let opened = false
    const opening = openEmbeddedContents({ directory: its.directory }).finally(() => {
      opened = true
    })
    await new Promise(resolve => setTimeout(resolve, 200))
    expect(opened).toBe(false)
    release()
    // nobody in the process that has the store asks for it
    await using contents = await opening
    expect(contents.revision).toBe(revision)
  })

  test('is brought in by who reads a store that nobody has', async () => {
    await put('/first')
    holdLmdb()
    const revision = await put('/second')
    const copy = left('copy')
    await using contents = await openEmbeddedContents({ directory: copy })
    expect(contents.revision).toBe(revision)
    expect(existsSync(join(copy, journalFile))).toBe(false)
  })

  test('counts for a store that is put in its place: no revision of it comes again', async () => {
    await put('/first')
    holdLmdb()
    const revision = await put('/second')
    const copy = left('copy')
    await using snapshot = await openEmbeddedStore({ directory: join(its.folder, 'other') })
    await snapshot.put({ key: '/other', value: nothing, expected: 0 })
    await snapshot.close()
    await using contents = await openEmbeddedContents({ directory: join(its.folder, 'other') })
    const result = await importEmbeddedStore(contents, { directory: copy, overwrite: true, raiseBy: 1_000 })
    expect(result.revision).toBe(revision + 1_000)
    expect(existsSync(join(copy, journalFile))).toBe(false)
    await using again = await openEmbeddedStore({ directory: copy })
    expect((await again.range(all)).kvs.map(({ key }) => key)).toEqual(['/other'])
  })

  test('may fill it: writers wait for LMDB then', async () => {
    await put('/first')
    await its.store.range(all)
    holdLmdb()
    let written = 0
    const writing = (async () => {
      for (; written < 400; written++) await put(`/${written}`, 'a'.repeat(25_000))
    })()
    await expect.poll(() => written).toBeGreaterThan(3)
    await new Promise(resolve => setTimeout(resolve, 200))
    expect(written).toBeLessThan(400)
    release()
    await writing
    expect((await its.store.range({ ...all, countOnly: true })).count).toBe(401)
  })

  test('is let go of when LMDB has it, and not before', async () => {
    await put('/first')
    await its.store.range(all)
    holdLmdb()
    const values: WeakRef<Uint8Array>[] = []
    const write = async (key: string) => {
      const value = Buffer.alloc(100, key)
      values.push(new WeakRef(value))
      await its.store.put({ key, value, expected: 0 })
    }
    for (let i = 0; i < 50; i++) await write(`/${i}`)
    const kept = async () => {
      // what a turn of the loop has looked at stays until its end
      await new Promise(resolve => setImmediate(resolve))
      collect()
      return values.filter(value => value.deref() !== undefined).length
    }
    expect(await kept()).toBe(50)
    release()
    await its.store.range(all)
    expect(await kept()).toBe(0)
  })

  test('is in order with what goes by it', async () => {
    await put('/first')
    holdLmdb()
    const small = await put('/small')
    // more than a journal takes
    const large = Promise.all([
      put('/large/1', 'a'.repeat(1_000_000)),
      put('/large/2', 'b'.repeat(1_000_000)),
      put('/small', 'again', small),
    ])
    const later = large.then(() => put('/later'))
    await expect.poll(() => its.asked).toBe(1)
    release()
    expect(await large).toEqual([small + 1, small + 2, small + 3])
    await later
    await using again = await openEmbeddedStore({ directory: left('copy') })
    expect((await again.range(all)).kvs.map(({ key, modRevision }) => [key, modRevision])).toEqual([
      ['/first', small - 1],
      ['/large/1', small + 1],
      ['/large/2', small + 2],
      ['/later', small + 4],
      ['/small', small + 3],
    ])
  })

  test('a commit that changes nothing needs no record, and nobody waits for LMDB to have it', async () => {
    const lease = await its.store.grantLease(600)
    holdLmdb()
    await put('/first')
    const range = its.store.range(all)
    await expect.poll(() => its.asked).toBe(1)
    // begins with an empty one, and then waits for LMDB, which has been given all there is
    const revoked = its.store.revokeLease(lease)
    await new Promise(resolve => setTimeout(resolve, 50))
    release()
    expect((await range).kvs.length).toBe(1)
    await revoked
    await its.store.close()
    its.store = await openEmbeddedStore({ directory: its.directory })
    expect([await its.store.leases(), await its.store.revision()]).toEqual([[], 2])
  })

  test('is brought in by who closes the store; who reads meanwhile is told that it is closed', async () => {
    await put('/first')
    holdLmdb()
    const between = await put('/between')
    await put('/second')
    const reads = [
      its.store.range(all),
      its.store.get('/first', { revision: between }),
      its.store.scan(all, () => undefined),
    ]
    const told = Promise.all(reads.map(read => read.catch(String)))
    const closed = its.store.close()
    release()
    expect(new Set(await told)).toEqual(new Set([String(new StoreClosedError())]))
    await closed
    expect(existsSync(join(its.directory, journalFile))).toBe(false)
  })

  test('is nothing after a store was closed, and its file is gone', async () => {
    await put('/first')
    expect(existsSync(join(its.directory, journalFile))).toBe(true)
    await its.store.close()
    expect(existsSync(join(its.directory, journalFile))).toBe(false)
    its.store = await openEmbeddedStore({ directory: its.directory, writer: 'loop' })
    expect((await its.store.get('/first')).kv?.modRevision).toBe(2)
  })

  describe('and somebody took away', () => {
    const missing = (copy: string, revision: number) =>
      `the journal of the store in ${copy} is missing, and the store was not closed: writes after revision ${revision} that were acknowledged may be lost. Put the file back, restore a snapshot (kubets snapshot restore FILE --overwrite), or go on without them: kubets snapshot save FILE --accept-lost-writes --data-dir ${copy}, then restore that`

    test('is missed by the next start, and by who reads; put back it is whole again', async () => {
      const first = await put('/first')
      await its.store.range(all)
      await put('/second')
      const copy = left('copy')
      const kept = readFileSync(join(copy, journalFile))
      rmSync(join(copy, journalFile))
      for (let i = 0; i < 2; i++) {
        await expect(openEmbeddedStore({ directory: copy })).rejects.toThrow(missing(copy, first))
        await expect(openEmbeddedContents({ directory: copy })).rejects.toThrow(missing(copy, first))
      }
      writeFileSync(join(copy, journalFile), kept)
      await using again = await openEmbeddedStore({ directory: copy })
      expect((await again.range(all)).kvs.map(({ key }) => key)).toEqual(['/first', '/second'])
    })

    test('is missed from its first record on', async () => {
      await put('/first')
      const copy = left('copy')
      rmSync(join(copy, journalFile))
      await expect(openEmbeddedStore({ directory: copy })).rejects.toThrow(/^the journal .* is missing/)
    })

    test('emptied, is damage', async () => {
      await put('/first')
      const copy = left('copy')
      truncateSync(join(copy, journalFile), 0)
      await expect(openEmbeddedStore({ directory: copy })).rejects.toThrow('is damaged (journal: it is empty)')
    })

    test('can be done without, with a revision that nobody has seen', async () => {
      const first = await put('/first')
      await its.store.range(all)
      await put('/second')
      const copy = left('copy')
      rmSync(join(copy, journalFile))
      await using contents = await openEmbeddedContents({ directory: copy, acceptLost: true })
      expect(contents.revision).toBe(first)
      const result = await importEmbeddedStore(contents, { directory: copy, overwrite: true, raiseBy: 1_000 })
      expect(result.revision).toBe(first + 1_000)
      await using again = await openEmbeddedStore({ directory: copy, writer: 'journal' })
      expect((await again.range(all)).kvs.map(({ key }) => key)).toEqual(['/first'])
      expect((await again.put({ key: '/goes on', value: nothing, expected: 0 })).revision).toBe(first + 1_001)
    })

    test('is not missed by who starts after it was brought in', async () => {
      await put('/first')
      await its.store.range(all)
      await put('/second')
      const copy = left('copy')
      for (const writer of ['loop', 'journal', 'loop'] as const) {
        await using again = await openEmbeddedStore({ directory: copy, writer })
        expect((await again.range(all)).kvs.map(({ key }) => key)).toEqual(['/first', '/second'])
      }
    })
  })
})
