import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Database, open, type RootDatabase } from 'lmdb'
import type { LeaseId, Revision } from '../key-value-store.ts'
import {
  attachedKeys,
  decodeCounter,
  encodeCounter,
  type KeyEncoder,
  leaseKeys,
  ownChecksum,
  type Position,
  positionKeys,
  stringKeys,
  summed,
} from './codec.ts'
import { dataFile, dataFileSize } from './data-file.ts'
import { dictionary } from './dictionary.ts'
import {
  notWhole,
  StoreDamagedError,
  StoreOpenError,
  storeDamaged,
  storeMissing,
  storeTooNew,
  storeUnusable,
} from './errors.ts'
import { type Dropped, makeWhole } from './recovery/whole-store.ts'
import { assertWhole } from './soundness.ts'

/** LMDB's table of 126 readers. */
const readerTableBytes = 8_272

/** The newest format this code reads and the one that it writes. */
const format = 5

/** Address space for the file: neither memory nor disk, and never a bound (LMDB takes more when it is used up). */
const mapSize = 64 * 2 ** 30

/** Values from this size on are compressed. */
export const compressionThreshold = 500

/** A snapshot of the database; reads name it so that they see exactly what was durable when it was taken. */
export type Snapshot = ReturnType<Database['useReadTransaction']> & {
  /** One more user: it stays open until each has called `done`. */
  use(): void
}

export interface Table<K> {
  get(key: K, options: { transaction: Snapshot }): Buffer | undefined
  /** Valid until the next read; `length` is that of the value, the memory behind it is longer. */
  getBinaryFast(key: K, options: { transaction: Snapshot }): Buffer | undefined
  getRange(options: {
    start: K
    end?: K
    limit?: number
    reverse?: boolean
    exclusiveStart?: boolean
    inclusiveEnd?: boolean
    values?: boolean
    transaction: Snapshot
  }): Iterable<{ key: K; value: Buffer }>
  getKeys(options: { start: K; end?: K; limit?: number; transaction: Snapshot }): Iterable<K>
  getKeysCount(options: { start: K; end?: K; transaction: Snapshot }): number
  put(key: K, value: Uint8Array): Promise<boolean>
  remove(key: K): Promise<boolean>
  getStats(): object
}

/** The persistent counters; each is one record of `meta`. */
export interface Counters {
  revision: Revision
  compactRevision: Revision
  /** Up to here the compaction's deletions are done; behind `compactRevision` when the process ended in between. */
  compactedTo: Revision
  /** Of the checksums of all records in `keys`. */
  sum: number
  /** The number of the last commit that LMDB has from the journal: see journal/. */
  journal: number
  /** What that journal's records are known by. */
  journalId: number
  /** 1 from before the journal's first record until LMDB has all of them: without its file, what was acknowledged may be missing then. */
  journalOpen: number
}

export interface OpenedDatabase {
  directory: string
  root: RootDatabase
  keys: Table<string>
  log: Table<Position>
  values: Table<Position>
  leases: Table<LeaseId>
  attached: Table<{ lease: LeaseId; key: string }>
  meta: Table<string>
  counters: Counters
  /** What was not there when it was opened: see recovery/. */
  dropped: Dropped | undefined
}

/**
 * `write` for the one process that holds the lock; `read` for any other beside it (LMDB's readers need no lock);
 * `beside` for another thread of the writer, which has opened the file; `unsynced` writes without waiting for the disk.
 */
export type DatabaseMode = 'write' | 'read' | 'beside' | 'unsynced'

/**
 * Opens or creates the LMDB file. Throws {@link StoreOpenError} for what is damaged, newer or not ours. `whole`: it is known to be
 * there, and somebody has just looked whether it is damaged.
 */
export function openDatabase(
  directory: string,
  mode: DatabaseMode = 'write',
  whole: boolean = mode === 'beside',
): OpenedDatabase {
  const path = join(directory, dataFile)
  const reads = mode === 'read' || mode === 'beside'
  if (!reads) mkdirSync(directory, { recursive: true, mode: 0o700 })
  const found = whole ? { dropped: undefined } : checkFile(directory, path, mode)
  const existed = found !== undefined
  if (!existed && reads) throw storeMissing(directory)
  let root: RootDatabase | undefined
  try {
    if (!reads) makeReaderTable(`${path}-lock`)
    root = open({
      path,
      // commits are grouped by us and acknowledged when they are on the disk; those of a thread go without LMDB's flushes: see sealing/
      overlappingSync: false,
      readOnly: reads,
      noSync: mode === 'unsynced',
      eventTurnBatching: false,
      mapSize,
      maxDbs: 8,
      noMemInit: false,
      compression: false,
      encoding: 'binary',
    } as Parameters<typeof open>[0])
    const table = <K>(name: string, keyEncoder: KeyEncoder<K>) =>
      (root as RootDatabase).openDB({
        name,
        encoding: 'binary',
        keyEncoder,
        ...tableOptions(name),
      } as never) as unknown as Table<K>
    const meta = table('meta', stringKeys)
    const written = existed ? readCounters(directory, root, meta) : { ...none(), revision: 1, sum: 0, format }
    const tables = {
      meta,
      keys: table('keys', stringKeys),
      log: table('log', positionKeys),
      values: table('values', positionKeys),
      leases: table('leases', leaseKeys),
      attached: table('attached', attachedKeys),
    }
    const { format: before } = written
    const sum = written.sum ?? (reads ? 0 : sumOfKeys(root, tables.keys))
    const counters = { ...written, sum, journalId: written.journalId || randomBytes(4).readUInt32BE() || 1 }
    if (counters.revision === 0 && reads) throw storeMissing(directory)
    if (!existed || counters.revision === 0) {
      counters.revision = 1
      writeCounters(root, meta, counters)
    } else if (!reads && (before !== format || written.sum === undefined)) {
      // older versions must not meet records that they do not know
      writeCounters(root, meta, counters)
    }
    return { directory, root, ...tables, counters, dropped: found?.dropped }
  } catch (error) {
    void root?.close()
    if (error instanceof StoreOpenError || error instanceof StoreDamagedError) throw error
    const text = error instanceof Error ? error.message : String(error)
    if (/MDB_(INVALID|CORRUPTED|PAGE_NOTFOUND|BAD_CHECKSUM|PROBLEM|PANIC)/.test(text))
      throw storeDamaged(directory, text, error)
    if (/MDB_VERSION_MISMATCH/.test(text)) throw storeTooNew(directory, 'unknown', format)
    throw storeUnusable(directory, error)
  }
}

/** How a table's values are written. */
export function tableOptions(name: string): object {
  return { compression: name === 'values' && { threshold: compressionThreshold, dictionary } }
}

/** LMDB maps it and writes through the map: if it made the file itself, on a full disk that would end the process (SIGBUS). */
function makeReaderTable(path: string): void {
  if (!existsSync(path)) writeFileSync(path, Buffer.alloc(readerTableBytes), { mode: 0o600 })
}

/** Of a store whose versions did not keep it. */
function sumOfKeys(root: RootDatabase, keys: Table<string>): number {
  const transaction = root.useReadTransaction() as Snapshot
  try {
    let sum = 0
    for (const { value } of keys.getRange({ start: '', transaction })) sum = summed(sum, ownChecksum(value))
    return sum
  } finally {
    transaction.done()
  }
}

function writeCounters(root: RootDatabase, meta: Table<string>, counters: Counters): void {
  const { revision, compactRevision, compactedTo, sum, journal, journalId, journalOpen } = counters
  const all = { revision, compactRevision, compactedTo, sum, journal, journalId, journalOpen }
  root.transactionSync(() => {
    for (const [name, value] of Object.entries(all)) void meta.put(name, encodeCounter(name, value))
    // as a plain number, that versions before format 3 understand
    void meta.put('format', Buffer.from(String(format)))
  })
}

/** Nothing: there is no file. LMDB maps it and follows what it says: what is damaged could end the process. */
function checkFile(directory: string, path: string, mode: DatabaseMode): { dropped: Dropped | undefined } | undefined {
  const size = dataFileSize(directory)
  if (size === undefined) return undefined
  if (size === 0) throw storeDamaged(directory, `${dataFile} is empty`)
  try {
    if (mode !== 'read') return { dropped: makeWhole(directory) }
    assertWhole(path, 'shared')
    return { dropped: undefined }
  } catch (error) {
    throw notWhole(directory, error)
  }
}

/** One of the persistent counters, as of a snapshot; `undefined` when it is not there. */
export function readCounter(
  db: { directory: string; meta: Table<string> },
  name: keyof Counters | 'format',
  transaction: Snapshot,
): number | undefined {
  const bytes = db.meta.get(name, { transaction })
  return bytes && decodeCounter(name, bytes, db.directory)
}

/** They have changed since they were read. */
export function rereadCounters({ directory, root, meta, counters }: OpenedDatabase): void {
  Object.assign(counters, readCounters(directory, root, meta))
}

/** Of a store without anything. */
const none = () => ({ revision: 0, compactRevision: 0, compactedTo: 0, journal: 0, journalId: 0, journalOpen: 0 })

function readCounters(
  directory: string,
  root: RootDatabase,
  meta: Table<string>,
): Omit<Counters, 'sum'> & { sum: number | undefined; format: number } {
  const transaction = root.useReadTransaction() as Snapshot
  try {
    const found = readCounter({ directory, meta }, 'format', transaction)
    if (found === undefined) {
      // a process that ended between creating the file and writing the first record leaves an empty database
      if ((meta.getStats() as { entryCount: number }).entryCount > 0)
        throw storeDamaged(directory, 'its format is missing')
      return { ...none(), sum: 0, format }
    }
    if (found > format) throw storeTooNew(directory, found, format)
    const counter = (name: keyof Counters): number => {
      const value = readCounter({ directory, meta }, name, transaction)
      if (value === undefined) throw storeDamaged(directory, `its ${name} is missing`)
      return value
    }
    return {
      revision: counter('revision'),
      compactRevision: counter('compactRevision'),
      compactedTo: counter('compactedTo'),
      sum: readCounter({ directory, meta }, 'sum', transaction),
      // since format 5
      journal: readCounter({ directory, meta }, 'journal', transaction) ?? 0,
      journalId: readCounter({ directory, meta }, 'journalId', transaction) ?? 0,
      journalOpen: readCounter({ directory, meta }, 'journalOpen', transaction) ?? 0,
      format: found,
    }
  } finally {
    transaction.done()
  }
}
