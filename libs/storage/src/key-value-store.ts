/**
 * The store's contract: etcd v3's model and no more. Two backends keep it (`etcd/`, `embedded/`), one suite
 * (`conformance.ts`) holds both to it. Nothing above may know which of the two it talks to.
 */

/** etcd's store-wide counter: every transaction that changes something raises it by one. Exact up to 2^53. */
export type Revision = number

export interface KeyValue {
  key: string
  value: Uint8Array
  /** Revision of the creation of this generation of the key. */
  createRevision: Revision
  /** Revision of the last change: the `resourceVersion` of what is stored. */
  modRevision: Revision
  /** Id of the attached lease, 0n for none. */
  lease: LeaseId
  /** Encrypted under another key than is written with now: an update that changes nothing writes it anew. */
  stale?: boolean
  /** What stands there cannot be opened, as the error tells; looking at `value` throws it. */
  unreadable?: Error
}

export type LeaseId = bigint

/** Times in seconds. */
export interface LeaseInfo {
  id: LeaseId
  ttl: number
  /** What is left of it. */
  remaining: number
}

export interface GetResult {
  kv: KeyValue | undefined
  /** The store's revision at the time of the read. */
  revision: Revision
}

export interface RangeOptions {
  /** First key, inclusive. */
  start: string
  /** End, exclusive. Use {@link prefixEnd} for all keys of a prefix. */
  end: string
  /** At most so many; the rest is told by `more`. Default: all (backends page internally). */
  limit?: number
  /** Read as of this revision. Throws {@link CompactedError} if it is gone, {@link FutureRevisionError} if it is yet to come. */
  revision?: Revision
  /** Count only, no key-values. */
  countOnly?: boolean
}

export interface RangeResult {
  kvs: KeyValue[]
  more: boolean
  /** Number of keys in the range, regardless of the limit. */
  count: number
  revision: Revision
}

/** A write that happens only if the key is as the writer last saw it. */
export interface CompareAndPut {
  key: string
  value: Uint8Array
  /** The `modRevision` the writer saw; 0 means that the key must not exist. */
  expected: Revision
  /** Attach the key to this lease (0n: detach). */
  lease?: LeaseId
}

export interface CompareAndDelete {
  key: string
  expected: Revision
}

/** `ok: false` carries what stands there instead (`undefined`: nothing). */
export type WriteResult =
  | { ok: true; revision: Revision }
  | { ok: false; current: KeyValue | undefined; revision: Revision }

export interface StoreEvent {
  type: 'put' | 'delete'
  key: string
  /** The new value; empty for a delete. */
  value: Uint8Array
  createRevision: Revision
  /** Revision of this change. */
  modRevision: Revision
  lease: LeaseId
  /** As {@link KeyValue.stale} and {@link KeyValue.unreadable}. */
  stale?: boolean
  unreadable?: Error
}

export interface StoreWatchOptions {
  /** Keys in [start, end). */
  start: string
  end: string
  /** First revision to deliver; the default is the next one. */
  from?: Revision
  /**
   * Called with all events of one or more revisions, in order, never splitting a revision. Returning a promise holds
   * further batches back.
   */
  onEvents(events: readonly StoreEvent[], revision: Revision): void | Promise<void>
  /** The watch has seen everything up to this revision, though no key of its range changed. */
  onProgress?(revision: Revision): void
  /** The watch is over: {@link CompactedError} when `from` is gone, a connection error otherwise. Not called after `signal` aborts. */
  onEnd(error: Error): void
  signal: AbortSignal
}

export interface StoreWatch {
  /** Asks for an `onProgress` with the store's present revision as soon as everything before it was delivered. */
  requestProgress(): void
}

/**
 * Sees one key-value of a scan. They come in the order in which they are cheap to read; `place` is the key's number in the order of
 * keys, from 0 on. A visit that returns a promise holds the next one back. `lasting`: the value lies in a `SharedArrayBuffer`, among others of the
 * scan, that nobody writes again: it may be kept as it is.
 */
export type Visit = (kv: KeyValue, place: number, lasting?: boolean) => void | Promise<void>

export interface KeyValueStore extends AsyncDisposable {
  get(key: string, options?: { revision?: Revision }): Promise<GetResult>
  range(options: RangeOptions): Promise<RangeResult>
  /**
   * Visits all key-values of a range as of one revision, and resolves with that revision. For readers of much who keep
   * little: a value is valid only until its visit returns, unless it is said to last. Other work has its turn in between.
   */
  scan(range: { start: string; end: string }, visit: Visit): Promise<Revision>
  /** Durable when it resolves with `ok: true`. */
  put(write: CompareAndPut): Promise<WriteResult>
  delete(write: CompareAndDelete): Promise<WriteResult>
  /**
   * The newest write of a key that is on its way to the disk (`kv: undefined` for a deletion), where the store compares against
   * those (embedded). A writer may build on it: if it fails, so does what was built on it. Never show it to anyone.
   */
  pending?(key: string): { kv: KeyValue | undefined } | undefined
  /**
   * Writes several keys that must not exist yet in one transaction; false when any of them did (nothing is written then).
   * At most {@link maxTransactionWrites}, and together no larger than one request.
   */
  createAll(writes: readonly { key: string; value: Uint8Array }[]): Promise<boolean>
  /** Time to live in seconds. */
  grantLease(ttl: number): Promise<LeaseId>
  keepLeaseAlive(id: LeaseId): Promise<void>
  /** Deletes the attached keys too. */
  revokeLease(id: LeaseId): Promise<void>
  /** The leases that live, in no order. */
  leases(): Promise<LeaseInfo[]>
  watch(options: StoreWatchOptions): StoreWatch
  /** Forgets history before `revision`: reads and watches from below it fail with {@link CompactedError}. */
  compact(revision: Revision): Promise<void>
  /** The store's present revision, linearizable. */
  revision(): Promise<Revision>
  /** The same without asking, where the store knows it by itself (embedded): what a consistent read on the request path takes. */
  readonly knownRevision?: Revision | undefined
  /** The key that a value really lies under, where that is another than its callers' (`--etcd-prefix`): what authenticates a value by its key needs it. */
  storedKey?(key: string): string
  close(): Promise<void>
}

/** The store itself says no: its text is what clients are shown, as upstream shows etcd's. */
export class StoreError extends Error {}

/** The store did not answer in time. Whether a write happened is not known. */
export class StoreTimeoutError extends StoreError {
  override readonly name = 'StoreTimeoutError'
  constructor(options?: ErrorOptions) {
    super('context deadline exceeded', options)
  }
}

/** Revision asked for lies before the last compaction. */
export class CompactedError extends StoreError {
  override readonly name = 'CompactedError'
  readonly compactRevision: Revision
  constructor(compactRevision: Revision) {
    super('etcdserver: mvcc: required revision has been compacted')
    this.compactRevision = compactRevision
  }
}

/** Revision asked for lies in the future. */
export class FutureRevisionError extends StoreError {
  override readonly name = 'FutureRevisionError'
  constructor() {
    super('etcdserver: mvcc: required revision is a future revision')
  }
}

/** One write is larger than the store takes (etcd's 1.5 MiB). */
export class RequestTooLargeError extends StoreError {
  override readonly name = 'RequestTooLargeError'
  constructor() {
    super('etcdserver: request is too large')
  }
}

/** The lease is unknown: it expired or was revoked. */
export class LeaseNotFoundError extends StoreError {
  override readonly name = 'LeaseNotFoundError'
  constructor() {
    super('etcdserver: requested lease not found')
  }
}

/** The store was closed while, or before, the call ran. */
export class StoreClosedError extends StoreError {
  override readonly name = 'StoreClosedError'
  constructor() {
    super('the store is closed')
  }
}

/** Largest request in bytes: etcd's `--max-request-bytes`. */
export const maxRequestBytes = 1.5 * 1024 * 1024

/** etcd's `--max-txn-ops`. */
export const maxTransactionWrites = 128

/** More writes in one transaction than {@link maxTransactionWrites}. */
export class TooManyWritesError extends StoreError {
  override readonly name = 'TooManyWritesError'
  constructor() {
    super('etcdserver: too many operations in txn request')
  }
}

/** Throws what etcd answers to a transaction that is too large in either way. */
export function assertTransactionSize(writes: readonly { key: string; value: Uint8Array }[]): void {
  if (writes.length > maxTransactionWrites) throw new TooManyWritesError()
  let size = 0
  for (const { key, value } of writes) size += key.length + value.length
  if (size > maxRequestBytes) throw new RequestTooLargeError()
}

/** The end of the range of all keys that begin with `prefix`. */
export function prefixEnd(prefix: string): string {
  const last = prefix.charCodeAt(prefix.length - 1)
  return prefix.slice(0, -1) + String.fromCharCode(last + 1)
}
