import { existsSync, write } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { decodeCounter } from '../codec.ts'
import { applyBatch, tableNames, WriteBatch } from '../writing/write-batch.ts'
import type { CommitListener, Tables } from './contract.ts'
import { JournalFile, journalFile, type Write } from './journal-file.ts'
import { JournaledCommits } from './journaled-commits.ts'

let directory: string
let commits: JournaledCommits
let tables: Tables
let listener: CommitListener
let room: boolean
/** What LMDB got, a line for each commit. */
let got: string[]
/** Commits that it has. */
let shown: number[]
/** Called in the turn in which a record is on the disk. */
let onWritten: () => void

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kubets-commits-'))
  onWritten = () => undefined
  const toldOf = ((file, bytes, offset, length, at, done) =>
    write(file, bytes as Buffer, offset as number, length, at, (error, written) => {
      done(error, written, bytes)
      onWritten()
    })) as Write
  const file = (await JournalFile.open({ directory, id: 7, applied: 0 }, true, toldOf)) as JournalFile
  room = true
  got = []
  shown = []
  tables = {
    async room() {
      if (!room) throw new Error('no room')
    },
    async commit(batch: WriteBatch): Promise<void> {
      const keys: string[] = []
      const note = {
        put(key: Buffer, value: Buffer) {
          const name = key.toString()
          keys.push(name === 'journal' ? `journal ${decodeCounter(name, value, directory)}` : name)
        },
        remove: () => undefined,
      }
      applyBatch(
        batch.memory,
        batch.length,
        tableNames.map(() => note),
      )
      got.push(keys.join(' '))
      batch.refill(batch.memory)
    },
  }
  listener = {
    shown: commit => void shown.push(commit),
    lost: error => expect.fail(String(error)),
  }
  commits = new JournaledCommits(file, tables, listener)
  // LMDB has the first one at once
  await commits.commit(batchOf('first', 1), one(0))
  got = []
  shown = []
})
afterEach(async () => {
  await commits[Symbol.asyncDispose]()
  await rm(directory, { recursive: true, force: true })
})

function batchOf(key: string, size: number): WriteBatch {
  const batch = new WriteBatch()
  batch.put('keys', key, Buffer.alloc(size))
  return batch
}

/** A commit of one change, or so many. */
const one = (number: number, changes = 1) => ({ number, changes, atOnce: false })

test('what finds no room waits, before what comes later, and those who wait for it are told', async () => {
  room = false
  await commits.commit(batchOf('a', 100), one(1))
  const waiting = commits.caughtUp().catch(String)
  await commits.commit(batchOf('b', 100), one(2))
  expect(await waiting).toBe('Error: no room')
  expect(await commits.caughtUp().catch(String)).toBe('Error: no room')
  room = true
  await commits.caughtUp()
  expect([got, shown]).toEqual([['a b journal 2'], [2]])
})

test('a commit that would have gone with it is refused, and leaves nothing', async () => {
  room = false
  await commits.commit(batchOf('a', 100), one(1))
  expect(await commits.commit(batchOf('large', 100_000), one(2)).catch(String)).toBe('Error: no room')
  room = true
  await commits.commit(batchOf('b', 100), one(3))
  await commits.caughtUp()
  expect([got, shown]).toEqual([['a b journal 2'], [3]])
})

test('it is tried again after a while', async () => {
  room = false
  await commits.commit(batchOf('a', 100), one(1))
  expect(await commits.caughtUp().catch(String)).toBe('Error: no room')
  room = true
  await expect.poll(() => got, { timeout: 10_000 }).toEqual(['a journal 1'])
})

test('LMDB never says to have a record that it does not have', async () => {
  await commits.commit(batchOf('a', 100), one(1))
  let caughtUp: Promise<void> | undefined
  onWritten = () => {
    queueMicrotask(() => {
      caughtUp = commits.caughtUp()
    })
  }
  await commits.commit(batchOf('b', 100), one(2))
  await caughtUp
  await commits.caughtUp()
  expect(got.join(', ')).toMatch(/^a journal 1, b journal 2$|^a b journal 2$/)
})

test('LMDB hears of the journal before that has a record, and of its end when there is nothing new in it', async () => {
  await commits.commit(batchOf('a', 100), one(1))
  await commits[Symbol.asyncDispose]()
  expect(got).toEqual(['a journal 1', 'journalOpen'])
  const file = (await JournalFile.open({ directory, id: 7, applied: 1 }, true)) as JournalFile
  commits = new JournaledCommits(file, tables, listener)
  await commits.commit(batchOf('b', 100), one(1))
  await commits.commit(batchOf('c', 100), one(2))
  expect(got.slice(2)).toEqual(['b journalOpen'])
})

test('where that end does not get there the journal stays, for the next start', async () => {
  await commits.commit(batchOf('a', 100), one(1))
  await commits.caughtUp()
  room = false
  await commits[Symbol.asyncDispose]()
  expect(existsSync(join(directory, journalFile))).toBe(true)
  room = true
  const file = (await JournalFile.open({ directory, id: 7, applied: 1 }, true)) as JournalFile
  commits = new JournaledCommits(file, tables, listener)
})

test('where commits have many changes LMDB gets them at once, also one that has few, until few is the rule again', async () => {
  let commit = 0
  for (let i = 0; i < 4; i++) await commits.commit(batchOf('many', 100), one(++commit, 20))
  expect(got.filter(keys => keys.startsWith('many')).length).toBe(shown.length)
  expect(shown.at(-1)).toBe(commit)
  await commits.commit(batchOf('one', 100), one(++commit))
  expect(shown.at(-1)).toBe(commit)
  let behind = 0
  for (let i = 0; i < 40 && behind < 5; i++) {
    await commits.commit(batchOf('few', 100), one(++commit))
    behind = commit - (shown.at(-1) ?? 0)
  }
  expect(behind).toBe(5)
  await commits.commit(batchOf('large', 40_000), one(++commit))
  expect(shown.at(-1)).toBe(commit)
})
