import { copyFileSync, existsSync, mkdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { Worker } from 'node:worker_threads'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type KeyValueStore, StoreClosedError, type StoreEvent } from '../../key-value-store.ts'
import { openEmbeddedContents } from '../contents.ts'
import { importEmbeddedStore } from '../import.ts'
import { openEmbeddedStore } from '../index.ts'
import { told } from '../testdata/told.ts'
import { WritingThread } from '../writing/writing-thread.ts'
import { journalFile } from './journal-file.ts'
import { alignment } from './record.ts'

const all = { start: '\0', end: '\xff' }
const nothing = Buffer.alloc(0)
setFlagsFromString('--expose-gc')
const collect: () => void = runInNewContext('gc')

describe('what only the journal has', () => {
  let folder: string
  let directory: string
  let store: KeyValueStore
  /** Lets LMDB have it. */
  let release: () => void
  /** How often LMDB was asked to commit while it is held back. */
  let asked: number

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kubets-journaled-'))
    directory = join(folder, 'store')
    store = await openEmbeddedStore({ directory, writer: 'journal' })
  })
  afterEach(async () => {
    release?.()
    vi.restoreAllMocks()
    await store.close()
    await rm(folder, { recursive: true, force: true })
  })

  function holdLmdb(): void {
    const held = Promise.withResolvers<void>()
    release = held.resolve
    asked = 0
    const { commit } = WritingThread.prototype
    vi.spyOn(WritingThread.prototype, 'commit').mockImplementation(async function (this: WritingThread, batch) {
      asked++
      await held.promise
      return commit.call(this, batch)
    })
  }

  const put = async (key: string, text = key, expected = 0) =>
    (await store.put({ key, value: Buffer.from(text), expected })).revision

  /** The store as a power cut, or a kill, leaves it now. */
  function left(name: string): string {
    const copy = join(folder, name)
    rmSync(copy, { recursive: true, force: true })
    mkdirSync(copy)
    for (const file of ['data.mdb', journalFile, 'unclean'])
      if (existsSync(join(directory, file))) copyFileSync(join(directory, file), join(copy, file))
    return copy
  }

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
    await change(store)
    const copy = left('copy')
    await using plain = await openEmbeddedStore({ directory: join(folder, 'plain'), writer: 'loop' })
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
    expect((await store.get('/first')).kv).toMatchObject({ createRevision: first, modRevision: second })
    expect(Buffer.from((await store.get('/second')).kv?.value ?? []).toString()).toBe('/second')
    expect(await store.put({ key: '/second', value: Buffer.from(''), expected: second })).toMatchObject({
      ok: false,
      current: { key: '/second', modRevision: third },
    })
    await store.delete({ key: '/second', expected: third })
    expect((await store.get('/second')).kv).toBeUndefined()
    expect(await put('/second', 'anew')).toBe(third + 2)
    let ranged = false
    const range = store.range(all).finally(() => {
      ranged = true
    })
    const past = store.get('/first', { revision: first })
    await store.revision()
    expect([ranged, asked]).toEqual([false, 1])
    release()
    expect((await range).kvs.map(({ key, modRevision }) => [key, modRevision])).toEqual([
      ['/first', second],
      ['/second', third + 2],
    ])
    expect((await past).kv?.modRevision).toBe(first)
  })

  test('is told to watchers that begin in the past, who need not wait for LMDB', async () => {
    const first = await put('/0')
    await store.range(all)
    holdLmdb()
    for (let i = 1; i <= 5; i++) await put(`/${i}`)
    const events: StoreEvent[] = []
    const done = new AbortController()
    for (const from of [first, first + 3])
      store.watch({
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
    await store.range(all)
    holdLmdb()
    release()
    for (let i = 0; i < 40; i++) await put(`/${i}`)
    await expect.poll(() => asked, { timeout: 10_000 }).toBeGreaterThan(0)
    expect(asked).toBeLessThan(10)
    await using contents = await openEmbeddedContents({ directory })
    expect(contents.revision).toBe(await store.revision())
  })

  test('comes into LMDB by itself when that was busy for longer than it waits', async () => {
    await put('/first')
    await store.range(all)
    holdLmdb()
    await put('/second')
    const range = store.range(all)
    await expect.poll(() => asked).toBe(1)
    await put('/third')
    // the time after which /third would have come into LMDB is over
    await new Promise(resolve => setTimeout(resolve, 1_200))
    release()
    await range
    await expect.poll(() => asked, { timeout: 10_000 }).toBe(2)
    await using contents = await openEmbeddedContents({ directory })
    expect(contents.revision).toBe(await store.revision())
  })

  test('is waited for by who reads the file beside us', async () => {
    await put('/first')
    holdLmdb()
    const revision = await put('/second')
    let opened = false
    const opening = openEmbeddedContents({ directory }).finally(() => {
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
    await using snapshot = await openEmbeddedStore({ directory: join(folder, 'other') })
    await snapshot.put({ key: '/other', value: nothing, expected: 0 })
    await snapshot.close()
    await using contents = await openEmbeddedContents({ directory: join(folder, 'other') })
    const result = await importEmbeddedStore(contents, { directory: copy, overwrite: true, raiseBy: 1_000 })
    expect(result.revision).toBe(revision + 1_000)
    expect(existsSync(join(copy, journalFile))).toBe(false)
    await using again = await openEmbeddedStore({ directory: copy })
    expect((await again.range(all)).kvs.map(({ key }) => key)).toEqual(['/other'])
  })

  test('may fill it: writers wait for LMDB then', async () => {
    await put('/first')
    await store.range(all)
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
    expect((await store.range({ ...all, countOnly: true })).count).toBe(401)
  })

  test('is kept without the memory that its commits were written in', async () => {
    await put('/first')
    await store.range(all)
    holdLmdb()
    collect()
    const before = process.memoryUsage().arrayBuffers
    // a thousand commits, each written in a quarter of a megabyte
    for (let round = 0; round < 1_000; round++)
      await Promise.all(
        Array.from({ length: 4 }, (_, i) => store.put({ key: `/${round}/${i}`, value: nothing, expected: 0 })),
      )
    collect()
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(6 * 2 ** 20)
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
    await expect.poll(() => asked).toBe(1)
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

  describe('torn', () => {
    let copy: string
    let journal: Buffer
    /** Where each record begins. */
    let records: number[]
    let revision: number

    beforeEach(async () => {
      await put('/first')
      await store.range(all)
      holdLmdb()
      for (const key of ['/1', '/2']) await put(key, key.repeat(1_000))
      revision = await put('/3', '3'.repeat(10_000))
      copy = left('copy')
      journal = readFileSync(join(copy, journalFile))
      records = []
      for (let at = 0; at < journal.length; at += alignment)
        if (journal.toString('latin1', at, at + 8) === 'KUBETSJ1') records.push(at)
    })

    /** Those of its keys that the store has, whose journal lacks a sector. */
    async function keysWithout(at: number): Promise<string[]> {
      left('copy')
      const bytes = Buffer.from(journal)
      bytes.fill(0, at, at + 512)
      writeFileSync(join(copy, journalFile), bytes)
      await using again = await openEmbeddedStore({ directory: copy })
      expect(await again.revision()).toBe((await again.range(all)).kvs.length + 1)
      return (await again.range(all)).kvs.map(({ key }) => key)
    }

    test('at its end, at any sector: nobody had an answer to that commit', async () => {
      const last = records.at(-1) as number
      let sectors = 0
      for (let at = last; journal.subarray(at, at + 512).some(byte => byte !== 0); at += 512, sectors++)
        expect(await keysWithout(at), `sector ${at}`).toEqual(['/1', '/2', '/first'])
      expect(sectors).toBeGreaterThan(15)
      expect(await keysWithout(last + 4 * alignment)).toEqual(['/1', '/2', '/3', '/first'])
      expect(revision).toBe(5)
    })

    test('before its end: what was acknowledged is not there, and the store says so', async () => {
      const [, middle] = records
      expect(records.length).toBe(3)
      await expect(keysWithout(middle as number)).rejects.toThrow(
        /is damaged \(journal: the commit \d+ is missing, and there are later ones\): restore a snapshot/,
      )
    })
  })

  test('is there after the thread that would bring it in has ended', async () => {
    const workers = new Set<Worker>()
    const { postMessage } = Worker.prototype
    vi.spyOn(Worker.prototype, 'postMessage').mockImplementation(function (this: Worker, order: unknown, moved) {
      workers.add(this)
      postMessage.call(this, order, moved)
    })
    await put('/first')
    await store.range(all)
    const second = await put('/second')
    expect(workers.size).toBe(1)
    await Promise.all([...workers].map(worker => worker.terminate()))
    const third = await put('/third')
    expect((await store.get('/second')).kv?.modRevision).toBe(second)
    expect(await store.range(all).catch(String)).toContain('the thread that writes ended')
    expect(await put('/fourth').catch(String)).toContain('the thread that writes ended')
    await store.close()
    expect(existsSync(join(directory, journalFile))).toBe(true)
    vi.restoreAllMocks()
    store = await openEmbeddedStore({ directory })
    expect(await store.revision()).toBe(third)
    expect((await store.range(all)).kvs.map(({ key }) => key)).toEqual(['/first', '/second', '/third'])
  })

  describe('on a disk that refuses', () => {
    test('a record: writes fail from then on, and all that was acknowledged is read, here and after the next start', async () => {
      const { JournalFile } = await import('./journal-file.ts')
      await put('/first')
      holdLmdb()
      await put('/second')
      vi.spyOn(JournalFile.prototype, 'append').mockImplementationOnce(() =>
        Promise.reject(new Error('EIO: i/o error, write')),
      )
      const refusal =
        'CommitFailedError: the write did not reach the disk: EIO: i/o error, write: nothing more is written until the process is started again'
      expect(await Promise.all([put('/a').catch(String), put('/b').catch(String)])).toEqual([refusal, refusal])
      expect(await put('/c').catch(String)).toBe(refusal)
      expect((await store.get('/second')).kv?.modRevision).toBe(3)
      release()
      expect((await store.range(all)).kvs.map(({ key }) => key)).toEqual(['/first', '/second'])
      await store.close()
      store = await openEmbeddedStore({ directory, writer: 'journal' })
      expect((await store.range(all)).kvs.map(({ key }) => key)).toEqual(['/first', '/second'])
      expect(await put('/third')).toBe(4)
    })

    test('a commit of LMDB: nothing that came after it goes in, and all is there after the next start', async () => {
      await put('/first')
      await store.range(all)
      const { commit } = WritingThread.prototype
      const refused = Promise.withResolvers<void>()
      asked = 0
      vi.spyOn(WritingThread.prototype, 'commit').mockImplementation(function (this: WritingThread, batch) {
        return asked++ === 0 ? refused.promise : commit.call(this, batch)
      })
      await put('/second')
      const range = store.range(all).catch(String)
      await expect.poll(() => asked).toBe(1)
      // enough for a commit of its own, as soon as LMDB is free
      const later = Array.from({ length: 15 }, (_, i) => `/third/${i + 10}`)
      for (const key of later) await put(key, 'a'.repeat(25_000))
      refused.reject(new Error('ENOSPC: no space left on device'))
      expect(await range).toContain('ENOSPC')
      await store.close()
      vi.restoreAllMocks()
      store = await openEmbeddedStore({ directory, writer: 'loop' })
      expect((await store.range(all)).kvs.map(({ key }) => key)).toEqual(['/first', '/second', ...later])
      expect(asked).toBe(1)
    })

    test('a commit of LMDB: what was acknowledged is there after the next start', async () => {
      await put('/first')
      await store.range(all)
      vi.spyOn(WritingThread.prototype, 'commit').mockRejectedValue(new Error('EIO: i/o error, fdatasync'))
      await put('/second')
      const refusal = 'CommitFailedError: the write did not reach the disk: EIO: i/o error, fdatasync'
      expect(await store.range(all).catch(String)).toBe(refusal)
      expect(await put('/third').catch(String)).toBe(refusal)
      expect((await store.get('/second')).kv?.modRevision).toBe(3)
      expect((await store.get('/first')).kv?.modRevision).toBe(2)
      await store.close()
      vi.restoreAllMocks()
      expect(existsSync(join(directory, journalFile))).toBe(true)
      store = await openEmbeddedStore({ directory, writer: 'loop' })
      expect((await store.range(all)).kvs.map(({ key }) => key)).toEqual(['/first', '/second'])
    })
  })

  test('a commit that changes nothing needs no record, and nobody waits for LMDB to have it', async () => {
    const lease = await store.grantLease(600)
    holdLmdb()
    await put('/first')
    const range = store.range(all)
    await expect.poll(() => asked).toBe(1)
    // begins with an empty one, and then waits for LMDB, which has been given all there is
    const revoked = store.revokeLease(lease)
    await new Promise(resolve => setTimeout(resolve, 50))
    release()
    expect((await range).kvs.length).toBe(1)
    await revoked
    await store.close()
    store = await openEmbeddedStore({ directory })
    expect([await store.leases(), await store.revision()]).toEqual([[], 2])
  })

  test('a file that cannot be taken away keeps nobody from closing the store, one that cannot be read nobody from knowing why', async () => {
    await put('/first')
    const path = join(directory, journalFile)
    rmSync(path)
    mkdirSync(path)
    const disposed = vi.spyOn(WritingThread.prototype, Symbol.asyncDispose)
    await store.close()
    expect(disposed).toHaveBeenCalledTimes(1)
    await expect(openEmbeddedStore({ directory })).rejects.toThrow(
      `the store in ${directory} cannot be opened: EISDIR: illegal operation on a directory, read`,
    )
    await expect(openEmbeddedContents({ directory })).rejects.toThrow(/cannot be opened: EISDIR/)
    rmdirSync(path)
    store = await openEmbeddedStore({ directory })
    expect((await store.range(all)).kvs.length).toBe(1)
  })

  test('is brought in by who closes the store; who reads meanwhile is told that it is closed', async () => {
    await put('/first')
    holdLmdb()
    const second = await put('/second')
    const reads = [store.range(all), store.get('/first', { revision: second - 1 }), store.scan(all, () => undefined)]
    const told = Promise.all(reads.map(read => read.catch(String)))
    const closed = store.close()
    release()
    expect(new Set(await told)).toEqual(new Set([String(new StoreClosedError())]))
    await closed
    expect(existsSync(join(directory, journalFile))).toBe(false)
  })

  test('is nothing after a store was closed, and its file is gone', async () => {
    await put('/first')
    expect(existsSync(join(directory, journalFile))).toBe(true)
    await store.close()
    expect(existsSync(join(directory, journalFile))).toBe(false)
    store = await openEmbeddedStore({ directory, writer: 'loop' })
    expect((await store.get('/first')).kv?.modRevision).toBe(2)
  })
})
