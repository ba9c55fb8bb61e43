import { randomBytes } from 'node:crypto'
import { closeSync, fdatasyncSync, mkdirSync, openSync, readFileSync, rmdirSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openDatabase } from '../database.ts'
import { readMetaPages } from '../integrity/meta-pages.ts'
import { sealOf } from '../integrity/seal.ts'
import { FlushFailedError, notFlushed, SealedCommits } from './sealed-commits.ts'
import { readUnclean } from './unclean.ts'
import { WrittenPages } from './written-pages.ts'

describe('sealed commits', () => {
  let directory: string
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'kubets-sealing-'))
  })
  afterEach(() => rm(directory, { recursive: true, force: true }))

  const newest = () => {
    const file = openSync(join(directory, 'data.mdb'), 'r')
    try {
      return readMetaPages(file)[0]
    } finally {
      closeSync(file)
    }
  }

  test('each takes one flush, after its seal; one that changes nothing takes none', async () => {
    const { root, meta } = openDatabase(directory)
    const flushed: (number | undefined)[] = []
    const commits = new SealedCommits(directory, file => {
      flushed.push(sealOf(newest())?.transaction)
      fdatasyncSync(file)
    })
    const before = newest().transaction
    for (let i = 0; i < 3; i++) {
      expect(commits.begin()).toBe(true)
      root.transactionSync(() => void meta.put('revision', Buffer.from(String(i))), notFlushed)
      commits.end()
      commits.begin()
      root.transactionSync(() => void meta.remove('nothing'), notFlushed)
      commits.end()
    }
    // the first of what was there
    expect(flushed).toEqual([undefined, before + 1, before + 2, before + 3])
    expect(readUnclean(directory)?.since).toBe(before)
    commits[Symbol.dispose]()
    expect(readUnclean(directory)).toBeUndefined()
    await root.close()
  })

  test('what is remembered from one to the next changes no seal', async () => {
    const { root, meta, keys, values } = openDatabase(directory)
    const commits = new SealedCommits(directory, () => undefined)
    const file = openSync(join(directory, 'data.mdb'), 'r')
    // values of their own pages, trees that grow and shrink, commits of one table and of several
    for (let i = 0; i < 300; i++) {
      commits.begin()
      root.transactionSync(() => {
        if (i % 5 !== 0) void meta.put('revision', Buffer.from(String(i)))
        if (i % 3 === 0)
          for (let j = 0; j < 40; j++)
            void keys.put(`/${(i * 7 + j * 13) % 900}/${'k'.repeat(100)}`, Buffer.alloc(90, i))
        if (i % 4 === 0) void values.put({ revision: i + 1, sub: 0 }, randomBytes((i % 9) * 1_000 + 10))
        if (i % 50 === 49) for (let j = 0; j < 700; j++) void keys.remove(`/${j}/${'k'.repeat(100)}`)
      }, notFlushed)
      commits.end()
      const [last, before] = readMetaPages(file)
      expect(sealOf(last)).toEqual(new WrittenPages(file, last.pageSize).sum(last, before))
    }
    closeSync(file)
    commits[Symbol.dispose]()
    await root.close()
  })

  test('after a flush that failed there are none, and the store says which one it was', async () => {
    const { root, meta } = openDatabase(directory)
    let refuses = false
    const commits = new SealedCommits(directory, () => {
      if (refuses) throw new Error('EIO: i/o error, fdatasync')
    })
    commits.begin()
    root.transactionSync(() => void meta.put('revision', Buffer.from('1')), notFlushed)
    commits.end()
    const kept = newest().transaction
    refuses = true
    commits.begin()
    root.transactionSync(() => void meta.put('revision', Buffer.from('2')), notFlushed)
    const told = 'EIO: i/o error, fdatasync: nothing more is written until the process is started again'
    expect(() => commits.end()).toThrow(new FlushFailedError(new Error('EIO: i/o error, fdatasync')).message)
    expect(() => commits.end()).toThrow(told)
    refuses = false
    expect(() => commits.begin()).toThrow(FlushFailedError)
    expect(readUnclean(directory)?.failed).toBe(kept + 1)
    commits[Symbol.dispose]()
    expect(readUnclean(directory)?.failed).toBe(kept + 1)
    await root.close()
  })

  test('where the mark has no room, commits are flushed by LMDB as they were', async () => {
    const { root } = openDatabase(directory)
    const commits = new SealedCommits(directory)
    // what it is written to first cannot be
    mkdirSync(join(directory, 'unclean.new'))
    expect(commits.begin()).toBe(false)
    expect(readUnclean(directory)).toBeUndefined()
    rmdirSync(join(directory, 'unclean.new'))
    expect(commits.begin()).toBe(true)
    expect(JSON.parse(readFileSync(join(directory, 'unclean'), 'utf8'))).toEqual({
      since: newest().transaction,
      boot: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
    })
    commits[Symbol.dispose]()
    await root.close()
  })
})
