import type {
  CompareAndDelete,
  CompareAndPut,
  GetResult,
  KeyValue,
  KeyValueStore,
  LeaseId,
  LeaseInfo,
  RangeOptions,
  RangeResult,
  Revision,
  StoreWatch,
  StoreWatchOptions,
  Visit,
  WriteResult,
} from './key-value-store.ts'

/** A store that passes everything on: what stands between a store and its users overrides what it changes. */
export class DelegatingStore implements KeyValueStore {
  protected readonly store: KeyValueStore
  /** Only of stores that have it: callers look whether it is there. */
  readonly pending?: (key: string) => { kv: KeyValue | undefined } | undefined

  constructor(store: KeyValueStore) {
    this.store = store
    if (store.pending !== undefined) this.pending = key => this.pendingOf(key)
  }

  get knownRevision(): Revision | undefined {
    return this.store.knownRevision
  }

  get(key: string, options?: { revision?: Revision }): Promise<GetResult> {
    return this.store.get(key, options)
  }

  range(options: RangeOptions): Promise<RangeResult> {
    return this.store.range(options)
  }

  scan(range: { start: string; end: string }, visit: Visit): Promise<Revision> {
    return this.store.scan(range, visit)
  }

  put(write: CompareAndPut): Promise<WriteResult> {
    return this.store.put(write)
  }

  delete(write: CompareAndDelete): Promise<WriteResult> {
    return this.store.delete(write)
  }

  createAll(writes: readonly { key: string; value: Uint8Array }[]): Promise<boolean> {
    return this.store.createAll(writes)
  }

  grantLease(ttl: number): Promise<LeaseId> {
    return this.store.grantLease(ttl)
  }

  keepLeaseAlive(id: LeaseId): Promise<void> {
    return this.store.keepLeaseAlive(id)
  }

  revokeLease(id: LeaseId): Promise<void> {
    return this.store.revokeLease(id)
  }

  leases(): Promise<LeaseInfo[]> {
    return this.store.leases()
  }

  watch(options: StoreWatchOptions): StoreWatch {
    return this.store.watch(options)
  }

  compact(revision: Revision): Promise<void> {
    return this.store.compact(revision)
  }

  revision(): Promise<Revision> {
    return this.store.revision()
  }

  storedKey(key: string): string {
    return this.store.storedKey?.(key) ?? key
  }

  close(): Promise<void> {
    return this.store.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  protected pendingOf(key: string): { kv: KeyValue | undefined } | undefined {
    return this.store.pending?.(key)
  }
}
