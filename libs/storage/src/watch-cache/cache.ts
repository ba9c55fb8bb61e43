import { type Clock, type Logger, silentLogger, systemClock } from '@kubets/component'
import {
  type KeyValue,
  type KeyValueStore,
  type Revision,
  StoreClosedError,
  type StoreEvent,
} from '../key-value-store.ts'
import { createByteStore } from './byte-store.ts'
import {
  type CacheWatcher,
  type CacheWatchOptions,
  type Criterion,
  type Describe,
  type Entry,
  ExpiredError,
  RebuildingError,
  type Snapshot,
  type Stretch,
  TooLargeRevisionError,
  type WatchCache,
} from './contract.ts'
import { EntryFactory, type StoredEntry, StoredEvent } from './entry.ts'
import { EventForms, FormCache } from './form-cache.ts'
import type { StretchForms } from './leaf-stretch.ts'
import { ListIndexes } from './list-indexes.ts'
import { loadAll } from './load.ts'
import { type MapView, OrderedMap } from './ordered-map.ts'
import { PassingForms } from './passing-forms.ts'
import { PastSnapshots } from './past-snapshots.ts'
import { RevisionSource } from './revision-source.ts'
import { RevisionWaiters } from './revision-waiters.ts'
import { type Copy, StoreFollower } from './store-follower.ts'
import { UnreadableObjects } from './unreadable.ts'
import { ViewSnapshot } from './view-snapshot.ts'
import { concerns } from './watcher-index.ts'
import { Watchers } from './watchers.ts'
import { HistoryWindow } from './window.ts'

export interface WatchCacheOptions {
  store: KeyValueStore
  /** Everything below it is held. Default `/registry/`. */
  prefix?: string
  describe: Describe
  logger?: Logger
  clock?: Clock
  /** Events kept for watches that resume and for pages of a list. Default 100,000. */
  windowEvents?: number
  /** Bytes of replaced and deleted objects kept for them. Default 64 MiB. */
  windowBytes?: number
  /** Bytes of forms (see {@link Entry.form}) kept. Default 64 MiB. */
  formBytes?: number
  /** Bytes of forms of stretches (see {@link Stretch.keep}) kept. Default 64 MiB. */
  stretchBytes?: number
  /** The same of those that go when nobody has asked for them for a minute. Default 192 MiB. */
  passingBytes?: number | undefined
}

/** How long a read waits for a revision that the cache has not reached: upstream's 3 s. */
const maxWait = 3_000

/** Objects that are opened again at the same time. */
const openAtOnce = 32

/** Loads the prefix and follows it. The cache is there at once; `ready` tells when it can be read. */
export function createWatchCache(options: WatchCacheOptions): WatchCache {
  return new StoreWatchCache(options)
}

class StoreWatchCache implements WatchCache, Copy {
  readonly passingBytes: number
  readonly #store: KeyValueStore
  readonly #prefix: string
  readonly #options: WatchCacheOptions
  readonly #logger: Logger
  readonly #clock: Clock
  readonly #forms: FormCache
  readonly #eventForms: EventForms
  /** Those of stretches: a burst of events, which makes many frames, does not drive them out. */
  readonly #stretchForms: StretchForms
  readonly #watchers: Watchers
  readonly #waiters: RevisionWaiters
  readonly #source: RevisionSource
  readonly #past = new PastSnapshots()
  readonly #unreadable: UnreadableObjects
  readonly #stop = new AbortController()
  readonly #follower: StoreFollower
  #entries: EntryFactory
  #map = new OrderedMap<StoredEntry>()
  #indexes: ListIndexes
  #window: HistoryWindow
  #revision: Revision = 0
  #compacted: Revision = 0
  #loaded = false
  #opening: Promise<void> | undefined
  /** Since when, and why. */
  #rebuilding: { readonly at: number; readonly cause: Error } | undefined

  constructor(options: WatchCacheOptions) {
    this.#options = options
    this.#store = options.store
    this.#prefix = options.prefix ?? '/registry/'
    this.#logger = options.logger ?? silentLogger()
    this.#clock = options.clock ?? systemClock
    const formBytes = options.formBytes ?? 64 * 2 ** 20
    this.#forms = new FormCache(formBytes)
    this.#eventForms = new EventForms(this.#forms, formBytes)
    this.passingBytes = options.passingBytes ?? 192 * 2 ** 20
    this.#stretchForms = {
      lasting: new FormCache(options.stretchBytes ?? 64 * 2 ** 20),
      passing: new PassingForms(this.passingBytes, this.#clock),
    }
    this.#watchers = new Watchers(() => this.#revision, this.#logger)
    this.#waiters = new RevisionWaiters(this.#clock)
    this.#source = new RevisionSource(options.store)
    this.#unreadable = new UnreadableObjects(options.store, this.#clock, () => this.openAgain())
    this.#indexes = new ListIndexes(this.#map, this.#clock)
    this.#entries = this.#newEntries()
    this.#window = this.#newWindow(0)
    this.#follower = new StoreFollower(this, {
      store: options.store,
      prefix: this.#prefix,
      logger: this.#logger,
      clock: this.#clock,
      signal: this.#stop.signal,
    })
  }

  get ready(): Promise<void> {
    return this.#follower.ready
  }

  get loaded(): boolean {
    return this.#loaded
  }

  get awaited(): boolean {
    return this.#waiters.size > 0
  }

  get revision(): Revision {
    return this.#revision
  }

  get oldest(): Revision {
    return this.#window.oldest
  }

  get unreadable(): ReadonlyMap<string, Error> {
    return this.#unreadable.errors
  }

  get(key: string): Entry | undefined {
    return this.#map.get(key)
  }

  openAgain(): void {
    this.#opening ??= this.#openUnreadable().finally(() => {
      this.#opening = undefined
    })
  }

  settled(signal?: AbortSignal): Promise<void> | undefined {
    if (this.#loaded) return undefined
    if (this.#stop.signal.aborted) return Promise.reject(new StoreClosedError())
    const late = () => {
      const { at, cause } = this.#rebuilding ?? { at: this.#clock.now(), cause: undefined }
      return new RebuildingError(this.#clock.now() - at, { cause })
    }
    return this.#waiters.wait(0, maxWait, late, signal)
  }

  snapshot(): Snapshot {
    return this.#snapshotOf(this.#revision, this.#map.view())
  }

  async consistentSnapshot(signal?: AbortSignal): Promise<Snapshot> {
    const revision = this.#store.knownRevision ?? (await this.#source.ask())
    return this.snapshotAtLeast(revision, signal)
  }

  async snapshotAtLeast(revision: Revision, signal?: AbortSignal): Promise<Snapshot> {
    if (this.#revision < revision || !this.#loaded) await this.#reach(revision, signal)
    return this.snapshot()
  }

  index(kind: string, range: { start: string; end: string }, criteria: readonly Criterion[]): Promise<void> {
    return this.#indexes.prepare(kind, range, criteria)
  }

  compacted(revision: Revision): void {
    if (revision <= this.#compacted) return
    this.#compacted = revision
    this.#past.forgetBefore(revision)
  }

  async snapshotAt(revision: Revision): Promise<Snapshot> {
    // while all is read anew, the past is answered from what was there before
    if (this.#revision < revision) await this.#reach(revision)
    if (revision < this.#compacted) throw new ExpiredError(revision, this.#compacted)
    if (revision === this.#revision) {
      const view = this.#map.view()
      this.#past.hold(revision, view)
      return this.#snapshotOf(revision, view)
    }
    if (revision < this.#window.oldest) throw new ExpiredError(revision, this.#window.oldest)
    const held = this.#past.get(revision)
    if (held) return this.#snapshotOf(revision, held)
    const made = await this.#past.undo(this.#map.view(), this.#window.after(revision))
    this.#past.hold(revision, made)
    return this.#snapshotOf(revision, made)
  }

  watch(options: CacheWatchOptions): CacheWatcher {
    if (this.#stop.signal.aborted) throw new StoreClosedError()
    if (options.after < this.#window.oldest || !this.#loaded) throw new ExpiredError(options.after, this.#window.oldest)
    const backlog =
      options.after < this.#revision
        ? this.#window.afterIn(options.after, options.start, options.end).filter(event => concerns(event, options))
        : []
    return this.#watchers.begin(options, backlog)
  }

  async close(): Promise<void> {
    this.#stop.abort()
    this.#unreadable.stop()
    this.#stretchForms.passing.stop()
    await this.#follower.ended
    this.#loaded = false
    this.#watchers.endAll(new StoreClosedError())
    this.#waiters.fail(new StoreClosedError())
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async load(): Promise<void> {
    const { signal } = this.#stop
    const entries = this.#newEntries()
    const { map, revision, unreadable } = await loadAll(this.#store, this.#prefix, entries, signal)
    if (signal.aborted) return
    this.#tell(unreadable)
    this.#unreadable.replace(unreadable)
    this.#map = map
    this.#indexes = new ListIndexes(map, this.#clock)
    this.#entries = entries
    this.#past.clear()
    this.#window = this.#newWindow(revision)
    this.#revision = revision
    this.#loaded = true
  }

  outdated(cause: Error): void {
    this.#loaded = false
    this.#rebuilding = { at: this.#clock.now(), cause }
    this.#watchers.endAll(cause)
  }

  apply(events: readonly StoreEvent[], revision: Revision): void {
    const entries = this.#entries
    const watchers = this.#watchers.index
    for (const stored of events) {
      if (stored.unreadable !== undefined || this.#unreadable.errors.size > 0) this.#noteUnreadable(stored)
      let event: StoredEvent
      if (stored.type === 'put') {
        const entry = entries.make(stored)
        const previous = this.#map.set(stored.key, entry)
        this.#indexes.changed(stored.key, previous, entry)
        event = new StoredEvent(this.#eventForms, previous ? 'MODIFIED' : 'ADDED', stored.modRevision, entry, previous)
      } else {
        const previous = this.#map.delete(stored.key)
        if (!previous) continue
        this.#indexes.changed(stored.key, previous, undefined)
        event = new StoredEvent(this.#eventForms, 'DELETED', stored.modRevision, previous, previous)
      }
      this.#window.push(event)
      watchers.gather(event)
    }
    this.#past.forgetBefore(this.#window.oldest)
    this.reached(revision)
  }

  reached(revision: Revision): void {
    if (revision > this.#revision) this.#revision = revision
    this.#watchers.index.deliver()
    this.#waiters.reached(this.#revision)
  }

  #snapshotOf(revision: Revision, view: MapView<StoredEntry>): Snapshot {
    return new ViewSnapshot(revision, view, this.#stretchForms, this.#indexes)
  }

  #newEntries(): EntryFactory {
    return new EntryFactory(createByteStore(), this.#forms, this.#options.describe)
  }

  #newWindow(start: Revision): HistoryWindow {
    const bounds = {
      maxEvents: this.#options.windowEvents ?? 100_000,
      maxBytes: this.#options.windowBytes ?? 64 * 2 ** 20,
    }
    const entries = this.#entries
    return new HistoryWindow(bounds, start, entry => entries.drop(entry))
  }

  /** Errors of the store are left to the next look. */
  async #openUnreadable(): Promise<void> {
    const keys = [...this.#unreadable.errors.keys()]
    for (let from = 0; from < keys.length && !this.#stop.signal.aborted; from += openAtOnce) {
      const some = keys.slice(from, from + openAtOnce)
      const found = await Promise.allSettled(some.map(key => this.#store.get(key)))
      for (const one of found) if (one.status === 'fulfilled' && one.value.kv !== undefined) this.#opened(one.value.kv)
    }
  }

  /** The same revision of an object, now with what it says: whoever skipped it begins anew. */
  #opened(kv: KeyValue): void {
    const held = this.#map.get(kv.key)
    // if it was changed meanwhile the event tells
    if (kv.unreadable !== undefined || held?.unreadable === undefined || held.modRevision !== kv.modRevision) return
    const entry = this.#entries.make(kv)
    this.#map.set(kv.key, entry)
    this.#indexes.changed(kv.key, held, entry)
    this.#past.clear()
    this.#unreadable.changed(kv.key, undefined)
    this.#watchers.endCovering(kv.key, new ExpiredError(this.#revision, this.#revision))
  }

  #tell(unreadable: ReadonlyMap<string, Error>): void {
    const [first] = unreadable
    if (first !== undefined)
      this.#logger.error({ key: first[0], err: first[1], objects: unreadable.size }, 'Stored objects cannot be read')
  }

  /** Who follows the object cannot be told what it has become: the watch ends, and a list says why. */
  #noteUnreadable({ key, unreadable }: StoreEvent): void {
    this.#unreadable.changed(key, unreadable)
    if (unreadable === undefined) return
    this.#tell(new Map([[key, unreadable]]))
    // what came before it is theirs
    this.#watchers.index.deliver()
    this.#watchers.endCovering(key, undefined)
  }

  /** Waits until the cache is loaded and at `revision`. */
  async #reach(revision: Revision, signal?: AbortSignal): Promise<void> {
    if (this.#stop.signal.aborted) throw new StoreClosedError()
    this.#follower.askProgress()
    const late = () => new TooLargeRevisionError(revision, this.#revision)
    if (this.#loaded && this.#revision >= revision) return
    await this.#waiters.wait(revision, maxWait, late, signal)
  }
}
