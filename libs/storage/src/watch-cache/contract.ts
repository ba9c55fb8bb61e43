import type { Revision } from '../key-value-store.ts'

/**
 * What stands in memory for one stored object at one revision: its bytes as stored, and beside them the few facts that
 * reads and watches ask for without parsing. Entries are immutable; the same entry is shared by the ordered map, by
 * history and by every answer that is being written.
 */
export interface Entry {
  readonly key: string
  readonly createRevision: Revision
  readonly modRevision: Revision
  /** What stands there cannot be opened, as the error tells; looking at `bytes` throws it. */
  readonly unreadable?: Error
  /** Canonical JSON as stored: begins with `{"kind":…,"apiVersion":…`, no `resourceVersion` inside. A view: never change it. */
  readonly bytes: Uint8Array
  /** The memory that `bytes` are a view of, where they begin in it and how many they are: for who copies them and makes no view. */
  readonly memory: Uint8Array
  readonly start: number
  readonly size: number
  /** What {@link Describe} tells of the bytes. */
  readonly labels: Readonly<Record<string, string>>
  /** Indexed fields for field selectors: `metadata.name`, `spec.nodeName`, … */
  readonly fields: Readonly<Record<string, string>>
  /** Where in `bytes` `"resourceVersion":"…",` is spliced in. */
  readonly spliceAt: number
  /**
   * Other forms made of this entry at first use (JSON with its resourceVersion, protobuf, metadata only, a watch frame),
   * kept within the cache's byte bound and shared by all who ask again.
   */
  form(name: string, make: (entry: Entry) => Uint8Array): Uint8Array
}

export type Facts = Pick<Entry, 'labels' | 'fields' | 'spliceAt'>

/** Tells what stands in an object's bytes. Must not throw on data that is not ours: it returns empty facts then. */
export interface Describe {
  /** What is known of these very bytes without reading them: of what was encoded here a moment ago. */
  known(bytes: Uint8Array): Facts | undefined
  /** Reads labels and indexed fields. The cache asks when somebody else asks it. */
  read(key: string, bytes: Uint8Array): Pick<Facts, 'labels' | 'fields'>
  spliceAt(bytes: Uint8Array): number
}

export interface CacheEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly revision: Revision
  /** The object after the change; for DELETED the last state (its own `modRevision` is older than `revision`). */
  readonly entry: Entry
  /** The object before the change, for selector transitions. */
  readonly previous: Entry | undefined
  /** Forms of the event shared by all watchers (a framed `{"type":…,"object":…}\n`, …). */
  form(name: string, make: (event: CacheEvent) => Uint8Array): Uint8Array
}

/** An immutable view of the cache at one revision. Taking one costs microseconds. */
export interface Snapshot {
  readonly revision: Revision
  get(key: string): Entry | undefined
  /** Entries with start ≤ key < end in key order. */
  range(start: string, end: string): Iterable<Entry>
  /** The same, some 100 entries at a time. */
  stretches(start: string, end: string): Iterable<Stretch>
  /** Number of keys in [start, end). */
  count(start: string, end: string): number
  /**
   * What the cache's indexes know of a range of a kind: entries in key order, among which are all that meet the criteria. Undefined where no
   * index helps, or the cache has gone on since the snapshot was taken: then the range has to be looked through. See {@link WatchCache.index}.
   */
  narrowed(
    kind: string,
    range: { start: string; end: string },
    criteria: readonly Criterion[],
  ): Iterable<Entry> | undefined
}

/** A field or label with one value. */
export interface Criterion {
  readonly of: 'field' | 'label'
  readonly name: string
  readonly value: string
}

/** Neighbours. Later snapshots have the same stretch until one of its entries changes, so forms of all of them together are kept with it. */
export interface Stretch {
  readonly entries: readonly Entry[]
  /** Names it, for as long as it is the same. */
  readonly identity: object
  /** The first `count` entries of it. */
  first(count: number): Stretch
  /** What was kept under this name, if it still is. */
  form(name: string): Uint8Array | undefined
  /** Keeps it within a byte bound of the cache: for as long as that has room, or until nobody has asked for what is `passing` for a minute. */
  keep(name: string, made: Uint8Array, how?: 'lasting' | 'passing'): Uint8Array
}

export interface CacheWatchOptions {
  /** Keys in [start, end). */
  start: string
  end: string
  /**
   * Only events whose old or new object has this value in this field can matter (`metadata.name`, `spec.nodeName`): lets the cache skip the
   * watcher without calling it. The caller still filters.
   */
  field?: { name: string; value: string } | undefined
  /** Events after this revision. Must lie in the window: the caller handles {@link ExpiredError}. */
  after: Revision
  /** In order, one call for each burst. Never call back synchronously from within `watch()`. */
  onEvents(events: readonly CacheEvent[]): void
  /** The cache had to be rebuilt or closes: the watch ends, the client lists again. */
  onEnd(error?: Error): void
  signal: AbortSignal
}

export interface CacheWatcher {
  /** Everything up to this revision was delivered: what a bookmark carries. */
  readonly revision: Revision
  /** It is offered nothing more, until it goes on: another one with the same range hears of it. It has been handed its backlog by then. */
  pause(): void
  /** It is offered what comes from now on. */
  goOn(): void
}

export interface WatchCache extends AsyncDisposable {
  /** Bytes of passing forms of stretches that are kept at most. */
  readonly passingBytes: number
  /** Resolves when the first load is complete. */
  readonly ready: Promise<void>
  /** The newest revision the cache has applied. */
  readonly revision: Revision
  /** Oldest revision a watch may start after. */
  readonly oldest: Revision
  /** The present state of one object, as `snapshot().get(key)` gives it but without making the next write copy anything. */
  get(key: string): Entry | undefined
  /** The present state, for `resourceVersion=0` reads. */
  snapshot(): Snapshot
  /** A consistent read: asks the store for its revision (shared by all who wait at that moment) and resolves with a snapshot not older than it. */
  consistentSnapshot(signal?: AbortSignal): Promise<Snapshot>
  /** Resolves with a snapshot at or after `revision`; rejects with {@link TooLargeRevisionError} when it is not reached in time (3 s). */
  snapshotAtLeast(revision: Revision, signal?: AbortSignal): Promise<Snapshot>
  /**
   * Sees to it that one of the criteria has an index, where that pays, for the snapshots that are taken next. The first who asks for one waits
   * until it is filled. `kind`: the prefix of its keys; `range`: what is asked for. The most selective criterion first.
   */
  index(kind: string, range: { start: string; end: string }, criteria: readonly Criterion[]): Promise<void>
  /** The state exactly as of `revision`, if the window still holds it: for continue tokens and `resourceVersionMatch=Exact`. Throws {@link ExpiredError}. */
  snapshotAt(revision: Revision): Promise<Snapshot>
  /** Objects whose bytes cannot be opened, by key: almost always none. While there are any, the cache looks from time to time whether they can. */
  readonly unreadable: ReadonlyMap<string, Error>
  /** Looks whether what could not be opened can be now, as after a change of the keys of encryption. Whoever watches what can ends, and lists again. */
  openAgain(): void
  /**
   * Undefined when watches can begin. While everything is read anew (the store's history is gone) it resolves when they can again, and rejects
   * with {@link RebuildingError} when that takes too long (3 s).
   */
  settled(signal?: AbortSignal): Promise<void> | undefined
  /** The store has forgotten what was before `revision`: no snapshot is given of it either. Watches go on from the window as before. */
  compacted(revision: Revision): void
  /** Throws {@link ExpiredError} when `after` is older than the window. */
  watch(options: CacheWatchOptions): CacheWatcher
  close(): Promise<void>
}

/** The revision is older than what the window holds: 410 Gone, reason Expired. */
export class ExpiredError extends Error {
  override readonly name = 'ExpiredError'
  readonly requested: Revision
  readonly oldest: Revision
  constructor(requested: Revision, oldest: Revision) {
    super(`too old resource version: ${requested} (${oldest})`)
    this.requested = requested
    this.oldest = oldest
  }
}

/** All is read anew from the store, for `since` milliseconds already. */
export class RebuildingError extends Error {
  override readonly name = 'RebuildingError'
  readonly since: number
  constructor(since: number, options: ErrorOptions) {
    super('storage is (re)initializing', options)
    this.since = since
  }
}

/** The revision asked for was not reached within the wait. */
export class TooLargeRevisionError extends Error {
  override readonly name = 'TooLargeRevisionError'
  readonly requested: Revision
  readonly current: Revision
  constructor(requested: Revision, current: Revision) {
    super(`Too large resource version: ${requested}, current: ${current}`)
    this.requested = requested
    this.current = current
  }
}
