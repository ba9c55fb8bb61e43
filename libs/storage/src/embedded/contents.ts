import { open } from 'node:fs/promises'
import { join } from 'node:path'
import type { KeyValue, LeaseInfo } from '../key-value-store.ts'
import { allKeys, type StoreContents } from '../transfer/contents.ts'
import { decodeLease } from './codec.ts'
import { dataFile, dataFileSize } from './data-file.ts'
import { type OpenedDatabase, openDatabase, readCounter } from './database.ts'
import { DurableView } from './durable-view.ts'
import { showsJournal } from './journal/beside.ts'
import { lockDirectory } from './lock.ts'
import { makeWholeToRead } from './recovery/before-reading.ts'
import type { Dropped } from './recovery/whole-store.ts'

/** Key-values that are read at once. */
const pageSize = 250

export interface ContentsOptions {
  directory: string
  exclusive?: boolean
  /** The caller has locked the directory. */
  locked?: boolean
  /** Where the journal is missing, LMDB has less than was acknowledged: it is read all the same. Default: refused. */
  acceptLost?: boolean
  /** Told of a commit that did not reach the disk before the machine stopped: what is read is the store without it. */
  onDropped?(dropped: Dropped): void
}

/**
 * What the store in a directory holds. It is read from its file beside the process that has the store open, as of one
 * commit, and costs that process nothing: LMDB's readers take no lock, and the pages that they still see are not used
 * again until they end. With `exclusive` nobody may have it open, then or until this is disposed.
 */
export async function openEmbeddedContents(options: ContentsOptions): Promise<StoreContents> {
  await using undo = new AsyncDisposableStack()
  const { directory, exclusive = false } = options
  if (exclusive) undo.use(await lockDirectory(directory))
  const db = await openedToRead(options)
  undo.defer(() => db.root.close())
  const view = new DurableView(db)
  undo.defer(() => view.close())
  await flush(directory)
  const leases: LeaseInfo[] = []
  for (const { key: id, value } of db.leases.getRange({ start: 0n, transaction: view.snapshot })) {
    const ttl = decodeLease(id, value, directory)
    // what is left of it is not on the disk
    leases.push({ id, ttl, remaining: ttl })
  }
  const kept = undo.move()
  return {
    revision: revisionOf(db, view),
    leases,
    async *pages() {
      for (let start = allKeys.start; ; ) {
        const page = view.page(start, allKeys.end, pageSize)
        const kvs: KeyValue[] = page.map(({ key, state }) => view.keyValue(key, state))
        if (kvs.length > 0) yield kvs
        const last = kvs.at(-1)
        if (!last || kvs.length < pageSize) return
        start = `${last.key}\0`
      }
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}

/** Its LMDB, with all that its journal had when this began. */
async function openedToRead(options: ContentsOptions): Promise<OpenedDatabase> {
  const { directory, exclusive = false, locked = exclusive, acceptLost = false } = options
  for (;;) {
    if (dataFileSize(directory) !== undefined) {
      const dropped = await makeWholeToRead(directory, locked)
      if (dropped !== undefined) options.onDropped?.(dropped)
    }
    await using undo = new AsyncDisposableStack()
    const db = openDatabase(directory, 'read')
    undo.defer(() => db.root.close())
    const shown = await showsJournal(db, acceptLost)
    // nobody has what its process, which ended, did not bring in: we do, then
    if (!shown) continue
    undo.move()
    return db
  }
}

/** What is read may be of a commit that the process which has the store has not yet brought to the disk. */
async function flush(directory: string): Promise<void> {
  await using file = await open(join(directory, dataFile))
  await file.datasync()
}

/** The revision of the snapshot: a commit may have come between opening the file and taking it. */
function revisionOf(db: OpenedDatabase, view: DurableView): number {
  return readCounter(db, 'revision', view.snapshot) ?? 0
}
