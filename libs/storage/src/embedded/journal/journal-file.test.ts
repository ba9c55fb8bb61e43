import { readdirSync, readFileSync, symlinkSync, writeFileSync, writeSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { JournalFile, journalFile, type Write } from './journal-file.ts'
import { alignment, decodeRecord } from './record.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kubets-journal-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

const identity = () => ({ directory, id: 7, applied: 41 })
const opened = async (write?: Write) => (await JournalFile.open(identity(), true, write)) as JournalFile
const file = () => readFileSync(join(directory, journalFile))
const text = (at: number) => decodeRecord(file(), at, 7)?.batch.toString()

test('records are numbered behind what LMDB has, and begin at pages of their own', async () => {
  const journal = await opened()
  expect(await journal.append(Buffer.from('a'))).toBe(42)
  expect(await journal.append(Buffer.alloc(5_000, 'b'))).toBe(43)
  expect(await journal.append(Buffer.from('c'))).toBe(44)
  journal.close(false)
  expect([text(0), text(alignment), text(3 * alignment)]).toEqual(['a', 'b'.repeat(5_000), 'c'])
  expect(decodeRecord(file(), 3 * alignment, 7)?.number).toBe(44)
  expect(decodeRecord(file(), 0, 8), 'of another store').toBeUndefined()
})

test('a record of which any byte is another one is none', async () => {
  const journal = await opened()
  await journal.append(Buffer.from('what was written'))
  journal.close(false)
  const whole = file().subarray(0, 28 + 16)
  for (let at = 0; at < whole.length; at++) {
    const bytes = Buffer.from(whole)
    bytes[at] = (bytes[at] as number) ^ 1
    expect(decodeRecord(bytes, 0, 7), `byte ${at}`).toBeUndefined()
  }
  expect(decodeRecord(whole.subarray(0, -1), 0, 7), 'cut off').toBeUndefined()
})

test('of a write that the disk refused nothing is found again', async () => {
  let refuse = false
  const write = ((fd, bytes, offset, length, at, done) => {
    writeSync(fd, bytes as Buffer, offset as number, length as number, at as number)
    done(refuse ? Object.assign(new Error('EIO: i/o error, write'), { code: 'EIO' }) : null, length as number, bytes)
  }) as Write
  const journal = await opened(write)
  await journal.append(Buffer.from('a'))
  refuse = true
  await expect(journal.append(Buffer.from('b'))).rejects.toThrow('EIO: i/o error, write')
  journal.close(false)
  expect([text(0), text(alignment)]).toEqual(['a', undefined])
})

test('one that was written in part is refused', async () => {
  const journal = await opened(((_fd, bytes, _offset, _length, _at, done) => done(null, 512, bytes)) as Write)
  await expect(journal.append(Buffer.from('a'))).rejects.toThrow('only 512 of 4096 bytes were written')
  journal.close(false)
})

test('is written round, over records that LMDB has, and waits for those that it does not have', async () => {
  const journal = await opened(((_fd, bytes, _offset, length, _at, done) =>
    done(null, length as number, bytes)) as Write)
  const megabyte = Buffer.alloc(2 ** 20 - 28)
  for (let number = 42; number < 50; number++) expect(await journal.append(megabyte)).toBe(number)
  expect(journal.append(Buffer.from('a'))).toBeUndefined()
  journal.free(42)
  expect(await journal.append(Buffer.from('a'))).toBe(50)
  expect(journal.append(megabyte)).toBeUndefined()
  journal.free(50)
  expect(await journal.append(megabyte)).toBe(51)
  journal.close(false)
})

test('begins with nothing of those that were there before', async () => {
  const before = await opened()
  await before.append(Buffer.from('a'))
  before.close(false)
  const journal = await opened()
  journal.close(false)
  expect(file().every(byte => byte === 0)).toBe(true)
})

test('has its blocks from the beginning, for its owner only', async () => {
  writeFileSync(join(directory, journalFile), 'too short')
  const journal = await opened()
  expect(file().length).toBe(8 * 2 ** 20)
  journal.close(true)
  expect(() => file()).toThrow('ENOENT')
})

test('leaves nothing where there is no room for it, and what was there as it was', async () => {
  writeFileSync(join(directory, journalFile), 'of before')
  symlinkSync('/dev/full', join(directory, `${journalFile}.new`))
  await expect(opened()).rejects.toThrow('ENOSPC')
  expect(readdirSync(directory)).toEqual([journalFile])
  expect(file().toString()).toBe('of before')
})
