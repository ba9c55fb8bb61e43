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
import { Leases } from './leases.ts'
import { lockDirectory } from './lock.ts'
import { scanDatabase } from './scan.ts'
import { Watchers } from './watchers.ts'

export interface EmbeddedStoreOptions {
  /** Holds `data.mdb` and the lock; created (0700) when it is missing. One process at a time. */
  directory: string
  clock?: Clock
  /** `none`: commits are not brought to the disk, and a power cut loses them. For the test of that test only. Default `disk`. */
  durability?: 'disk' | 'none'
}

/** LMDB's longest key with its default page size, less what our longest key adds. */
const maxKeyBytes = 1_900

/** Opens or creates a store in a directory. Throws a `StoreOpenError` for what is locked, damaged or newer. */
export async function openEmbeddedStore(options: EmbeddedStoreOptions): Promise<KeyValueStore> {
  const { mkdir } = await import('node:fs/promises')
  await using undo = new AsyncDisposableStack()
  await mkdir(options.directory, { recursive: true, mode: 0o700 })
  undo.use(await lockDirectory(options.directory))
  const db = openDatabase(options.directory, options.durability === 'none' ? 'unsynced' : 'write')
  undo.defer(() => db.root.close())
  const space = undo.use(new DiskSpace(options.directory, db))
  const store = new EmbeddedStore(db, space, options.clock ?? systemClock)
  store.releases = undo.move()
  return store
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
  #closing: Promise<void> | undefined

  constructor(db: OpenedDatabase, space: DiskSpace, clock: Clock) {
    this.#db = db
    this.#view = new DurableView(db)
    this.#watchers = new Watchers(this.#view)
    this.#commit = new GroupCommit(db, this.#view, space, (events, revision) =>
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
    return this.#read(() => ({ kv: this.#view.get(key, options?.revision), revision: this.#view.revision }))
  }

  async range(options: RangeOptions): Promise<RangeResult> {
    this.#assertOpen()
    return this.#read(() => this.#view.range(options))
  }

  async scan(range: { start: string; end: string }, visit: Visit): Promise<Revision> {
    this.#assertOpen()
    const scan = this.#read(() => scanDatabase(this.#db, this.#view, range, visit, () => this.#assertOpen()))
    this.#scans.add(scan)
    return scan.finally(() => this.#scans.delete(scan))
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
