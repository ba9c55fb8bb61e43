import { existsSync, mkdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { openEmbeddedContents } from '../contents.ts'
import { DiskSpace } from '../disk-space.ts'
import { openEmbeddedStore } from '../index.ts'
import { journaledStore } from '../testdata/journaled-store.ts'
import { WritingThread } from '../writing/writing-thread.ts'
import { JournalFile, journalFile } from './journal-file.ts'
import { alignment } from './record.ts'

const all = { start: '\0', end: '\xff' }

describe('what only the journal has', () => {
  const its = journaledStore()
  const { put, left, holdLmdb, release } = its

  describe('torn', () => {
    let copy: string
    let journal: Buffer
    /** Where each record begins. */
    let records: number[]
    let revision: number

    beforeEach(async () => {
      await put('/first')
      await its.store.range(all)
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
    await its.store.range(all)
    const second = await put('/second')
    expect(workers.size).toBe(1)
    await Promise.all([...workers].map(worker => worker.terminate()))
    const third = await put('/third')
    expect((await its.store.get('/second')).kv?.modRevision).toBe(second)
    expect(await its.store.range(all).catch(String)).toContain('the thread that writes ended')
    expect(await put('/fourth').catch(String)).toContain('the thread that writes ended')
    await its.store.close()
    expect(existsSync(join(its.directory, journalFile))).toBe(true)
    vi.restoreAllMocks()
    its.store = await openEmbeddedStore({ directory: its.directory })
    expect(await its.store.revision()).toBe(third)
    expect((await its.store.range(all)).kvs.map(({ key }) => key)).toEqual(['/first', '/second', '/third'])
  })

  describe('on a disk that refuses', () => {
    test('a record: writes fail from then on, and all that was acknowledged is read, here and after the next start', async () => {
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
      expect((await its.store.get('/second')).kv?.modRevision).toBe(3)
      release()
      expect((await its.store.range(all)).kvs.map(({ key }) => key)).toEqual(['/first', '/second'])
      await its.store.close()
      its.store = await openEmbeddedStore({ directory: its.directory, writer: 'journal' })
      expect((await its.store.range(all)).kvs.map(({ key }) => key)).toEqual(['/first', '/second'])
      expect(await put('/third')).toBe(4)
    })

    test('a commit of LMDB: nothing that came after it goes in, and all is there after the next start', async () => {
      await put('/first')
      await its.store.range(all)
      const { commit } = WritingThread.prototype
      const refused = Promise.withResolvers<void>()
      its.asked = 0
      vi.spyOn(WritingThread.prototype, 'commit').mockImplementation(function (this: WritingThread, batch) {
        return its.asked++ === 0 ? refused.promise : commit.call(this, batch)
      })
      await put('/second')
      const range = its.store.range(all).catch(String)
      await expect.poll(() => its.asked).toBe(1)
      // enough for a commit of its own, as soon as LMDB is free
      const later = Array.from({ length: 15 }, (_, i) => `/third/${i + 10}`)
      for (const key of later) await put(key, 'a'.repeat(25_000))
      refused.reject(new Error('ENOSPC: no space left on device'))
      expect(await range).toContain('ENOSPC')
      await its.store.close()
      vi.restoreAllMocks()
      its.store = await openEmbeddedStore({ directory: its.directory, writer: 'loop' })
      expect((await its.store.range(all)).kvs.map(({ key }) => key)).toEqual(['/first', '/second', ...later])
      expect(its.asked).toBe(1)
    })

    test('a commit of LMDB: what was acknowledged is there after the next start', async () => {
      await put('/first')
      await its.store.range(all)
      vi.spyOn(WritingThread.prototype, 'commit').mockRejectedValue(new Error('EIO: i/o error, fdatasync'))
      await put('/second')
      const refusal = 'CommitFailedError: the write did not reach the disk: EIO: i/o error, fdatasync'
      expect(await its.store.range(all).catch(String)).toBe(refusal)
      expect(await put('/third').catch(String)).toBe(refusal)
      expect((await its.store.get('/second')).kv?.modRevision).toBe(3)
      expect((await its.store.get('/first')).kv?.modRevision).toBe(2)
      await its.store.close()
      vi.restoreAllMocks()
      expect(existsSync(join(its.directory, journalFile))).toBe(true)
      its.store = await openEmbeddedStore({ directory: its.directory, writer: 'loop' })
      expect((await its.store.range(all)).kvs.map(({ key }) => key)).toEqual(['/first', '/second'])
    })
  })

  describe('brought in where there is no room', () => {
    // any disk has less than plenty, and reserves nothing
    const full = () => {
      vi.spyOn(DiskSpace.prototype, 'ample').mockReturnValue(false)
      return vi.spyOn(DiskSpace.prototype, 'reserve').mockResolvedValue(false)
    }

    test('is refused, with what to do, and is there when there is room', async () => {
      await put('/first')
      await put('/second')
      const copy = left('copy')
      const reserved = full()
      for (let i = 0; i < 2; i++)
        await expect(openEmbeddedStore({ directory: copy })).rejects.toThrow(
          `the store in ${copy} cannot be opened: its disk is full, and its journal has writes to be brought in: make room for 1 MiB there, and start again. The journal has to stay, it has what was written last`,
        )
      expect(reserved).toHaveBeenCalledWith(expect.objectContaining({ changes: 1, puts: false }))
      vi.restoreAllMocks()
      await using again = await openEmbeddedStore({ directory: copy })
      expect((await again.range(all)).kvs.map(({ key }) => key)).toEqual(['/first', '/second'])
    })

    test('with nothing new in it, it is left there, and writing goes on', async () => {
      await put('/first')
      await put('/second')
      await its.store.range(all)
      const copy = left('copy')
      full()
      await (await openEmbeddedStore({ directory: copy })).close()
      expect(existsSync(join(copy, journalFile))).toBe(true)
      vi.restoreAllMocks()
      for (const writer of ['loop', 'journal'] as const) {
        await using again = await openEmbeddedStore({ directory: copy, writer })
        await again.put({ key: `/by/${writer}`, value: Buffer.from(''), expected: 0 })
      }
      await using again = await openEmbeddedStore({ directory: copy })
      expect((await again.range(all)).kvs.length).toBe(4)
      expect(existsSync(join(copy, journalFile))).toBe(false)
    })
  })

  test('a file that cannot be taken away keeps nobody from closing the store, one that cannot be read nobody from knowing why', async () => {
    await put('/first')
    const path = join(its.directory, journalFile)
    rmSync(path)
    mkdirSync(path)
    const disposed = vi.spyOn(WritingThread.prototype, Symbol.asyncDispose)
    await its.store.close()
    expect(disposed).toHaveBeenCalledTimes(1)
    await expect(openEmbeddedStore({ directory: its.directory })).rejects.toThrow(
      `the store in ${its.directory} cannot be opened: EISDIR: illegal operation on a directory, read`,
    )
    await expect(openEmbeddedContents({ directory: its.directory })).rejects.toThrow(/cannot be opened: EISDIR/)
    rmdirSync(path)
    its.store = await openEmbeddedStore({ directory: its.directory })
    expect((await its.store.range(all)).kvs.length).toBe(1)
  })
})
