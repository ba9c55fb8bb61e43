import { existsSync } from 'node:fs'
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import type { KeyValue, Revision } from '../key-value-store.ts'
import { assertSame, ContentsCounter, type ContentsSum, type StoreContents, sumOf } from '../transfer/contents.ts'
import {
  checksumOf,
  encodeAttached,
  encodeCounter,
  encodeKeyState,
  encodeLease,
  encodeLogRecord,
  ownChecksum,
  summed,
} from './codec.ts'
import { openEmbeddedContents } from './contents.ts'
import { dataFile } from './data-file.ts'
import { type OpenedDatabase, openDatabase } from './database.ts'
import { StoreNotEmptyError } from './errors.ts'
import { lockDirectory } from './lock.ts'

export interface EmbeddedImportOptions {
  /** Where the store shall stand. It may be missing or empty. */
  directory: string
  /** Replace the store that stands there (nobody may have it open). Default: refuse. */
  overwrite?: boolean
  /** How far the store's revision is raised above what it has seen; all below counts as compacted. At least 2. */
  raiseBy: Revision
  onProgress?(keys: number): void
}

export interface ImportResult extends ContentsSum {
  /** The new store's revision. */
  readonly revision: Revision
  readonly leases: number
}

/**
 * Makes an embedded store of contents: every key keeps its revisions, as after a compaction. The store's revision is
 * raised above any that a client may have seen, and everything below it counts as compacted, so a watch from before ends
 * with 410 and its client lists again. It is made beside its place, read back, and moved there when it is whole.
 */
export async function importEmbeddedStore(
  contents: StoreContents,
  options: EmbeddedImportOptions,
): Promise<ImportResult> {
  if (options.raiseBy < 2) throw new RangeError('the revision has to be raised by 2 or more')
  const directory = resolve(options.directory)
  await using undo = new AsyncDisposableStack()
  const standing = await entriesOf(directory)
  if (standing.length > 0) {
    if (!options.overwrite) throw new StoreNotEmptyError(options.directory)
    undo.use(await lockDirectory(directory))
  }
  const revision = Math.max(contents.revision, await revisionOf(directory)) + options.raiseBy
  const building = join(dirname(directory), `.${basename(directory)}.${process.pid}.new`)
  await rm(building, { recursive: true, force: true })
  await mkdir(building, { recursive: true, mode: 0o700 })
  undo.defer(() => rm(building, { recursive: true, force: true }))
  const written = await fill(building, contents, revision, options.onProgress)
  await using found = await openEmbeddedContents({ directory: building })
  assertSame(written, await sumOf(found), options.directory)
  await found[Symbol.asyncDispose]()
  await rm(join(building, `${dataFile}-lock`), { force: true })
  const old = `${building.slice(0, -'.new'.length)}.old`
  if (existsSync(directory)) {
    await rename(directory, old)
    undo.defer(() => rm(old, { recursive: true, force: true }))
  }
  await rename(building, directory)
  await syncDirectory(dirname(directory))
  return { ...written, revision, leases: contents.leases.length }
}

async function fill(
  directory: string,
  contents: StoreContents,
  revision: Revision,
  onProgress: EmbeddedImportOptions['onProgress'],
): Promise<ContentsSum> {
  // one sync at the end is enough: nothing is promised before it
  const db = openDatabase(directory, 'unsynced')
  try {
    const known = new Set(contents.leases.map(lease => lease.id))
    db.root.transactionSync(() => {
      for (const { id, remaining } of contents.leases)
        void db.leases.put(id, encodeLease(id, Math.max(1, Math.ceil(remaining))))
    })
    const counter = new ContentsCounter()
    let sum = 0
    const subs = new Map<Revision, number>()
    for await (const page of contents.pages()) {
      db.root.transactionSync(() => {
        for (const kv of page) {
          counter.add(kv)
          const sub = subs.get(kv.modRevision) ?? 0
          subs.set(kv.modRevision, sub + 1)
          sum = summed(sum, put(db, known.has(kv.lease) ? kv : { ...kv, lease: 0n }, sub))
        }
      })
      onProgress?.(counter.keys)
    }
    db.root.transactionSync(() => {
      void db.meta.put('sum', encodeCounter('sum', sum))
      for (const name of ['revision', 'compactRevision', 'compactedTo'])
        void db.meta.put(name, encodeCounter(name, revision))
    })
    return counter.sum()
  } finally {
    await db.root.close()
    await syncFile(join(directory, dataFile))
  }
}

/** Returns what the record in `keys` adds to their sum. */
function put(db: OpenedDatabase, kv: KeyValue, sub: number): number {
  const { key, value, createRevision, lease } = kv
  const position = { revision: kv.modRevision, sub }
  const checksum = checksumOf(value)
  const record = encodeKeyState(key, { position, createRevision, lease, checksum })
  void db.keys.put(key, record)
  if (value.length > 0) void db.values.put(position, value)
  if (lease !== 0n) void db.attached.put({ lease, key }, encodeAttached(lease, key))
  void db.log.put(
    position,
    encodeLogRecord(position, { type: 'put', key, previous: undefined, createRevision, lease, checksum }),
  )
  return ownChecksum(record)
}

async function entriesOf(directory: string): Promise<string[]> {
  if (!existsSync(directory)) return []
  return readdir(directory)
}

/** What clients of the store that is replaced, which is locked, may have seen; 0 where none stands or it cannot be read. */
async function revisionOf(directory: string): Promise<Revision> {
  try {
    await using standing = await openEmbeddedContents({ directory, locked: true, acceptLost: true })
    return standing.revision
  } catch {
    return 0
  }
}

async function syncFile(path: string): Promise<void> {
  await using file = await open(path, 'r+')
  await file.sync()
}

async function syncDirectory(path: string): Promise<void> {
  await using directory = await open(path)
  await directory.sync()
}
