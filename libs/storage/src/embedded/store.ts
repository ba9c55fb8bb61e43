import { type Clock, systemClock } from '@kubets/component'
import {
  assertTransactionSize,
  type CompareAndDelete,
  type CompareAndPut,
  type GetResult,
  type KeyValue,
  type KeyValueStore,
  type LeaseId,
  type LeaseInfo,
  LeaseNotFoundError,
  maxRequestBytes,
  type RangeOptions,
  type RangeResult,
  RequestTooLargeError,
  type Revision,
  StoreClosedError,
  type StoreWatch,
  type StoreWatchOptions,
  type Visit,
  type WriteResult,
} from '../key-value-store.ts'
import { Compaction } from './compaction.ts'
import { type OpenedDatabase, openDatabase } from './database.ts'
import { DiskSpace } from './disk-space.ts'
import { DurableView } from './durable-view.ts'
import { StoreDamagedError } from './errors.ts'
import { type Change, GroupCommit } from './group-commit.ts'
import { replayJournal } from './journal/replay.ts'
import { Leases } from './leases.ts'
import type { LoadingThread } from './loading/loading-thread.ts'
import type { EmbeddedStoreOptions } from './opening.ts'
import type { Dropped } from './recovery/whole-store.ts'
import { scanDatabase } from './scan.ts'
import { Watchers } from './watchers.ts'
import { Committer } from './writing/committer.ts'

/** LMDB's longest key with its default page size, less what our longest key adds. */
const maxKeyBytes = 1_900

/** Opens or creates the store in a directory that this process has locked; `undo` is taken over by the store. `loading`: has looked whether the file is whole. */
export async function openLockedStore(
  { directory, durability, clock = systemClock, writer = 'busy' }: EmbeddedStoreOptions,
  loading: LoadingThread | undefined,
  undo: AsyncDisposableStack,
): Promise<{ store: KeyValueStore; dropped: Dropped | undefined; replayed: number }> {
  const mode = durability === 'none' ? 'unsynced' : 'write'
  const db = openDatabase(directory, mode, loading !== undefined)
  undo.defer(() => db.root.close())
  const replayed = await replayJournal(db)
  loading?.read()
  const space = undo.use(new DiskSpace(directory, db))
  const committer = undo.use(new Committer(db, mode, writer, space))
  const store = new EmbeddedStore(db, committer, space, clock, loading)
  store.releases = undo.move()
  return { store, dropped: db.dropped, replayed }
}

class EmbeddedStore implements KeyValueStore {
  releases: AsyncDisposableStack | undefined
  readonly #db: OpenedDatabase
  readonly #view: DurableView
  readonly #commit: GroupCommit
  readonly #watchers: Watchers
  readonly #leases: Leases
  readonly #compaction: Compaction
  /** They read from the file for several turns. */
  readonly #scans = new Set<Promise<Revision>>()
  /** Until the first scan. */
  #loading: LoadingThread | undefined
  #closing: Promise<void> | undefined

  constructor(
    db: OpenedDatabase,
    committer: Committer,
    space: DiskSpace,
    clock: Clock,
    loading: LoadingThread | undefined,
  ) {
    this.#db = db
    this.#loading = loading
    this.#view = new DurableView(db)
    this.#watchers = new Watchers(this.#view)
    this.#commit = new GroupCommit(db, committer, this.#view, space, (events, revision) =>
      this.#watchers.durable(events, revision),
    )
    this.#leases = new Leases(db, this.#view, this.#commit, clock)
    this.#compaction = new Compaction(db, this.#view, this.#commit, () => this.#watchers.compacted())
  }

  get knownRevision(): Revision {
    return this.#view.revision
  }

  async revision(): Promise<Revision> {
    this.#assertOpen()
    return this.#view.revision
  }

  async get(key: string, options?: { revision?: Revision }): Promise<GetResult> {
    this.#assertOpen()
    const { revision } = options ?? {}
    // what stands there now is known before LMDB has it
    if (revision !== undefined && revision !== this.#view.revision) await this.#shows(revision)
    return this.#read(() => ({ kv: this.#view.get(key, revision), revision: this.#view.revision }))
  }

  async range(options: RangeOptions): Promise<RangeResult> {
    this.#assertOpen()
    await this.#shows(options.revision)
    return this.#read(() => this.#view.range(options))
  }

  async scan(range: { start: string; end: string }, visit: Visit): Promise<Revision> {
    this.#assertOpen()
    const scan = this.#read(() => this.#scan(range, visit))
    this.#scans.add(scan)
    return scan.finally(() => this.#scans.delete(scan))
  }

  async #scan(range: { start: string; end: string }, visit: Visit): Promise<Revision> {
    await this.#shows()
    const { shown: revision, snapshot } = this.#view
    const scanned = { db: this.#db, revision, snapshot, assertOpen: () => this.#assertOpen() }
    const loading = this.#loading
    this.#loading = undefined
    snapshot.use()
    try {
      const loaded = await loading?.scan(range, scanned, visit)
      if (loaded !== undefined) return loaded
      loading?.stop()
      return await scanDatabase(scanned, range, visit)
    } finally {
      snapshot.done()
    }
  }

  put(write: CompareAndPut): Promise<WriteResult> {
    const lease = write.lease ?? 0n
    return this.#compareAndWrite(write.key, write.expected, { key: write.key, value: write.value, lease })
  }

  pending(key: string): { kv: KeyValue | undefined } | undefined {
    return this.#commit.pending(key)
  }

  delete(write: CompareAndDelete): Promise<WriteResult> {
    return this.#compareAndWrite(write.key, write.expected, { key: write.key, value: undefined, lease: 0n })
  }

  async createAll(writes: readonly { key: string; value: Uint8Array }[]): Promise<boolean> {
    this.#assertOpen()
    assertTransactionSize(writes)
    const keys = new Set(writes.map(write => write.key))
    if (keys.size !== writes.length) throw new Error('etcdserver: duplicate key given in txn request')
    for (const write of writes) assertSize(write.key, write.value)
    for (;;) {
      const taken = writes.find(({ key }) => this.#commit.newest(key) !== undefined)
      if (!taken) break
      if (!this.#commit.pending(taken.key) || (await this.#commit.settled(taken.key))) return false
    }
    if (writes.length > 0) await this.#commit.write(writes.map(({ key, value }) => ({ key, value, lease: 0n })))
    return true
  }

  async grantLease(ttl: number): Promise<LeaseId> {
    this.#assertOpen()
    return this.#leases.grant(ttl)
  }

  async keepLeaseAlive(id: LeaseId): Promise<void> {
    this.#assertOpen()
    this.#leases.keepAlive(id)
  }

  async revokeLease(id: LeaseId): Promise<void> {
    this.#assertOpen()
    await this.#leases.revoke(id)
  }

  async leases(): Promise<LeaseInfo[]> {
    this.#assertOpen()
    return this.#leases.list()
  }

  watch(options: StoreWatchOptions): StoreWatch {
    this.#assertOpen()
    return this.#watchers.watch(options)
  }

  async compact(revision: Revision): Promise<void> {
    this.#assertOpen()
    await this.#compaction.compact(revision)
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(): Promise<void> {
    await Promise.allSettled(this.#scans)
    this.#leases.close()
    await this.#compaction.close()
    await this.#commit.close()
    this.#watchers.close(new StoreClosedError())
    this.#view.close()
    await this.releases?.disposeAsync()
  }

  async #compareAndWrite(key: string, expected: Revision, change: Change): Promise<WriteResult> {
    this.#assertOpen()
    assertSize(key, change.value)
    for (;;) {
      // compare and write in one turn: nothing may be awaited between these lines
      const newest = this.#commit.newest(key)
      if ((newest?.position.revision ?? 0) === expected) {
        if (change.value === undefined && newest === undefined) return { ok: true, revision: this.#view.revision }
        if (change.lease !== 0n && !this.#leases.has(change.lease)) throw new LeaseNotFoundError()
        change.before = { state: newest }
        return { ok: true, revision: await this.#commit.write([change]) }
      }
      const pending = this.#commit.pending(key)
      if (!pending) {
        const current = newest && this.#view.keyValue(key, newest)
        return { ok: false, current, revision: this.#view.revision }
      }
      // what stands there is shown only when it is durable; if it never becomes so, the comparison starts anew
      if (await this.#commit.settled(key)) return { ok: false, current: pending.kv, revision: this.#view.revision }
    }
  }

  /** Resolves when LMDB shows a revision (default: the newest that is durable); nothing is waited for where that is not durable yet. */
  async #shows(revision: Revision = 0): Promise<void> {
    const { revision: durable, shown } = this.#view
    const wanted = revision === 0 ? durable : Math.min(revision, durable)
    if (shown >= wanted) return
    await this.#commit.shows(wanted)
    // who closed the store meanwhile has waited for the same, and closes what would be read
    this.#assertOpen()
  }

  /** LMDB finds some damage by itself, and says so in its own words. */
  async #read<T>(read: () => T | Promise<T>): Promise<T> {
    try {
      return await read()
    } catch (error) {
      throw error instanceof Error && error.message.startsWith('MDB_')
        ? new StoreDamagedError(this.#db.directory, error.message)
        : error
    }
  }

  #assertOpen(): void {
    if (this.#closing) throw new StoreClosedError()
  }
}

function assertSize(key: string, value: Uint8Array | undefined): void {
  if (key.length === 0) throw new Error('etcdserver: key is not provided')
  if (Buffer.byteLength(key) > maxKeyBytes) throw new RequestTooLargeError()
  if (value !== undefined && value.length + key.length > maxRequestBytes) throw new RequestTooLargeError()
}
