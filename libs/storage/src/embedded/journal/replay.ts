import { existsSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { encodeCounter } from '../codec.ts'
import { type OpenedDatabase, openDatabase, rereadCounters } from '../database.ts'
import { journalMissing, StoreOpenError, storeDamaged, storeUnusable } from '../errors.ts'
import { freeBytesOf } from '../free-bytes.ts'
import { packingTables } from '../writing/raw-tables.ts'
import { applyBatch, WriteBatch } from '../writing/write-batch.ts'
import { journalFile, journalLength } from './journal-file.ts'
import { alignment, decodeRecord, type JournalRecord, spaceOf } from './record.ts'

/** Roots, the list of free pages, splits. */
const spared = 4 * 2 ** 20

export const hasJournal = (directory: string): boolean => existsSync(join(directory, journalFile))

/** The number of the newest record that was written; 0 without any. */
export function newestInJournal({ directory, counters }: OpenedDatabase): number {
  let newest = 0
  for (const { number } of recordsOf(directory, counters.journalId)) newest = Math.max(newest, number)
  return newest
}

/**
 * Brings into LMDB what only the journal has, for who has locked the store and has just opened it: what was acknowledged shortly before the process ended. A record
 * that is not whole was not acknowledged, for it was the last one.
 *
 * Returns how many there were.
 *
 * @throws StoreOpenError also where records are missing in between, or the whole journal is.
 */
export function replayJournal(db: OpenedDatabase): number {
  if (!hasJournal(db.directory)) {
    assertNoneExpected(db)
    return 0
  }
  try {
    return replay(db)
  } catch (error) {
    throw error instanceof StoreOpenError ? error : storeUnusable(db.directory, error)
  }
}

/** LMDB knows that there was a journal until it has all of that: who takes the file away by hand takes what was acknowledged. @throws StoreOpenError */
function assertNoneExpected({ directory, counters }: OpenedDatabase): void {
  if (counters.journalOpen !== 0) throw journalMissing(directory, counters.revision)
}

/** The same for who reads beside the process that has the store, which may just have closed it. */
export function assertJournalThere(db: OpenedDatabase): void {
  if (hasJournal(db.directory)) return
  // it says that it has all of it before the file goes
  db.root.resetReadTxn()
  rereadCounters(db)
  assertNoneExpected(db)
}

function replay(db: OpenedDatabase): number {
  const { directory, counters } = db
  // it has its whole length before LMDB is told of it
  if (counters.journalOpen !== 0 && statSync(join(directory, journalFile)).size < journalLength)
    throw storeDamaged(directory, `${journalFile}: it is cut off`)
  const found = new Map<number, JournalRecord>()
  for (const record of recordsOf(directory, counters.journalId))
    if (record.number > counters.journal) found.set(record.number, record)
  if (found.size > 0 || counters.journalOpen !== 0) bringIn(db, found)
  // LMDB has all of it, on the disk, and expects none
  rmSync(join(directory, journalFile))
  return found.size
}

function bringIn(db: OpenedDatabase, found: ReadonlyMap<number, JournalRecord>): void {
  const { directory, root, counters } = db
  const batch = new WriteBatch()
  let number = counters.journal
  for (let next = found.get(number + 1); next !== undefined; next = found.get(number + 1)) {
    batch.append(next.batch)
    number++
  }
  if (number - counters.journal < found.size)
    throw storeDamaged(directory, `${journalFile}: the commit ${number + 1} is missing, and there are later ones`)
  assertRoom(directory, batch.length)
  batch.put('meta', 'journal', encodeCounter('journal', number))
  batch.put('meta', 'journalOpen', encodeCounter('journalOpen', 0))
  root.transactionSync(() => applyBatch(batch.memory, batch.length, packingTables(root)))
  rereadCounters(db)
}

/** LMDB must not meet a full disk: see disk-space.ts. */
function assertRoom(directory: string, bytes: number): void {
  const needed = 4 * bytes + spared
  if (freeBytesOf(directory) < needed)
    throw storeUnusable(
      directory,
      new Error(
        `its disk is full, and its journal has writes to be brought in: make room for ${Math.ceil(needed / 2 ** 20)} MiB`,
      ),
    )
}

/** The same for a store that nobody has open, and that the caller has locked: it is closed again. */
export async function replayClosed(directory: string): Promise<void> {
  if (!hasJournal(directory)) return
  const db = openDatabase(directory, 'write', true)
  try {
    replayJournal(db)
  } finally {
    await db.root.close()
  }
}

/** Nothing of one that is not there: the process that had it may just have closed the store. */
function read(directory: string): Buffer {
  try {
    return readFileSync(join(directory, journalFile))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0)
    throw error
  }
}

/** All records that are whole, of any age, as they stand in the file. */
function* recordsOf(directory: string, id: number): Iterable<JournalRecord> {
  const file = read(directory)
  for (let at = 0; at < file.length; ) {
    const record = decodeRecord(file, at, id)
    if (record !== undefined) yield record
    at += record === undefined ? alignment : spaceOf(record.batch.length)
  }
}
