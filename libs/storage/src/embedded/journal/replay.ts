import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { encodeCounter } from '../codec.ts'
import { type OpenedDatabase, openDatabase, rereadCounters } from '../database.ts'
import { bytesFor, type Demand, DiskSpace, demandOf } from '../disk-space.ts'
import { journalMissing, StoreOpenError, storeDamaged, storeUnusable } from '../errors.ts'
import { packingTables } from '../writing/raw-tables.ts'
import { applyBatch, WriteBatch } from '../writing/write-batch.ts'
import { journalFile } from './journal-file.ts'
import { alignment, decodeRecord, spaceOf } from './record.ts'
import { type PlacedRecord, shrinkJournal } from './shrink.ts'

export const hasJournal = (directory: string): boolean => existsSync(join(directory, journalFile))

/** The number of the newest record that was written; 0 without any. */
export function newestInJournal({ directory, counters }: OpenedDatabase): number {
  let newest = 0
  for (const { number } of recordsOf(read(directory), counters.journalId)) newest = Math.max(newest, number)
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
export async function replayJournal(db: OpenedDatabase): Promise<number> {
  if (!hasJournal(db.directory)) {
    assertNoneExpected(db)
    return 0
  }
  try {
    return await replay(db)
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

async function replay(db: OpenedDatabase): Promise<number> {
  const { directory, counters } = db
  const file = read(directory)
  // it has all its blocks before LMDB is told of it
  if (counters.journalOpen !== 0 && file.length === 0) throw storeDamaged(directory, `${journalFile}: it is empty`)
  const found = new Map<number, PlacedRecord>()
  for (const record of recordsOf(file, counters.journalId))
    if (record.number > counters.journal) found.set(record.number, record)
  if (found.size > 0 || counters.journalOpen !== 0) {
    const batch = batchOf(db, found)
    const demand = demandOf(batch)
    if (!(await hasRoom(db, demand, file, [...found.values()]))) {
      if (found.size > 0) throw noRoom(directory, demand)
      // it stays, with nothing new in it
      return 0
    }
    db.root.transactionSync(() => applyBatch(batch.memory, batch.length, packingTables(db.root)))
    rereadCounters(db)
  }
  // LMDB has all of it, on the disk, and expects none
  rmSync(join(directory, journalFile))
  return found.size
}

/** All of it, in order. @throws StoreOpenError where one is missing */
function batchOf({ directory, counters }: OpenedDatabase, found: ReadonlyMap<number, PlacedRecord>): WriteBatch {
  const batch = new WriteBatch()
  let number = counters.journal
  for (let next = found.get(number + 1); next !== undefined; next = found.get(number + 1)) {
    batch.append(next.batch)
    number++
  }
  if (number - counters.journal < found.size)
    throw storeDamaged(directory, `${journalFile}: the commit ${number + 1} is missing, and there are later ones`)
  batch.put('meta', 'journal', encodeCounter('journal', number))
  batch.put('meta', 'journalOpen', encodeCounter('journalOpen', 0))
  return batch
}

/** LMDB must not meet a full disk: see disk-space.ts. What the journal's file has and needs no longer is room, too. */
async function hasRoom(
  db: OpenedDatabase,
  demand: Demand,
  file: Buffer,
  needed: readonly PlacedRecord[],
): Promise<boolean> {
  await using space = new DiskSpace(db.directory, db)
  if (space.ample() || (await space.reserve(demand))) return true
  shrinkJournal(db.directory, file, needed)
  return await space.reserve(demand)
}

function noRoom(directory: string, demand: Demand): StoreOpenError {
  const room = Math.ceil(bytesFor(demand) / 2 ** 20)
  return storeUnusable(
    directory,
    new Error(
      `its disk is full, and its journal has writes to be brought in: make room for ${room} MiB there, and start again. The journal has to stay, it has what was written last`,
    ),
  )
}

/** The same for a store that nobody has open, and that the caller has locked: it is closed again. */
export async function replayClosed(directory: string): Promise<void> {
  if (!hasJournal(directory)) return
  const db = openDatabase(directory, 'write', true)
  try {
    await replayJournal(db)
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
function* recordsOf(file: Buffer, id: number): Iterable<PlacedRecord> {
  for (let at = 0; at < file.length; ) {
    const record = decodeRecord(file, at, id)
    if (record !== undefined) yield { ...record, at }
    at += record === undefined ? alignment : spaceOf(record.batch.length)
  }
}
