import { type Clock, type Logger, silentLogger, sleep, systemClock } from '@kubets/component'
import {
  CompactedError,
  type KeyValue,
  type KeyValueStore,
  prefixEnd,
  type Revision,
  StoreClosedError,
  type StoreEvent,
  type StoreWatch,
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
import { UnreadableObjects } from './unreadable.ts'
import { ViewSnapshot } from './view-snapshot.ts'
import { concerns, Watcher, WatcherIndex } from './watcher-index.ts'
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

/** While a read waits, progress is asked for this often (milliseconds). */
const progressEvery = 100

/** Objects that are opened again at the same time. */
const openAtOnce = 32

/** Waits between two attempts to load or to watch: milliseconds, doubled up to the second. */
const firstRetry = 100
const lastRetry = 5_000

/** Loads the prefix and follows it. The cache is there at once; `ready` tells when it can be read. */
export function createWatchCache(options: WatchCacheOptions): WatchCache {
  return new StoreWatchCache(options)
}

class StoreWatchCache implements WatchCache {
  readonly ready: Promise<void>
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
  readonly #watchers = new WatcherIndex()
  readonly #waiters: RevisionWaiters
  readonly #source: RevisionSource
  readonly #past = new PastSnapshots()
  readonly #unreadable: UnreadableObjects
  readonly #stop = new AbortController()
  readonly #running: Promise<void>
  #entries: EntryFactory
  #map = new OrderedMap<StoredEntry>()
  #indexes: ListIndexes
  #window: HistoryWindow
  #revision: Revision = 0
  #compacted: Revision = 0
  #loaded = false
  #storeWatch: StoreWatch | undefined
  #opening: Promise<void> | undefined
  /** Since when, and why. */
  #rebuilding: { readonly at: number; readonly cause: Error } | undefined
  #cancelProgress: (() => void) | undefined

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
    this.#waiters = new RevisionWaiters(this.#clock)
    this.#source = new RevisionSource(options.store)
    this.#unreadable = new UnreadableObjects(options.store, this.#clock, () => this.openAgain())
    this.#indexes = new ListIndexes(this.#map, this.#clock)
    this.#entries = this.#newEntries()
    this.#window = this.#newWindow(0)
    const first = Promise.withResolvers<void>()
    this.ready = first.promise
    this.ready.catch(() => undefined)
    this.#running = this.#run(first.resolve).finally(() => first.reject(new StoreClosedError()))
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
    const watcher = new Watcher(options, backlog, this.#current, this.#failed)
    const leave = () => {
      watcher.ended = true
      this.#watchers.remove(watcher)
    }
    if (options.signal.aborted) leave()
    else {
      options.signal.addEventListener('abort', leave, { once: true })
      this.#watchers.add(watcher)
    }
    return watcher
  }

  async close(): Promise<void> {
    this.#stop.abort()
    this.#cancelProgress?.()
    this.#unreadable.stop()
    this.#stretchForms.passing.stop()
    await this.#running
    this.#loaded = false
    this.#endWatchers(new StoreClosedError())
    this.#waiters.fail(new StoreClosedError())
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
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

  /**
   *     load ──> follow ──(connection lost)──> follow from where it was
   *       ^         └──(compacted, or the store went back)──┐
   *       └──────────── watchers end, clients list again <──┘
   */
  async #run(ready: () => void): Promise<void> {
    const { signal } = this.#stop
    let retry = firstRetry
    while (!signal.aborted) {
      try {
        if (!this.#loaded) {
          await this.#load()
          ready()
        }
        retry = firstRetry
        throw await this.#follow()
      } catch (error) {
        if (signal.aborted) return
        if (error instanceof CompactedError && this.#loaded) {
          this.#logger.warn({ err: error, revision: this.#revision }, 'Watch cache is rebuilt')
          this.#loaded = false
          this.#rebuilding = { at: this.#clock.now(), cause: error }
          this.#endWatchers(error)
          continue
        }
        this.#logger.warn({ err: error, retryMilliseconds: retry }, 'Watch cache lost the store')
        await sleep(retry, signal, this.#clock)
        retry = Math.min(retry * 2, lastRetry)
      }
    }
  }

  async #load(): Promise<void> {
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
    for (const watcher of this.#watchers.covering(kv.key))
      this.#end(watcher, new ExpiredError(this.#revision, this.#revision))
  }

  #tell(unreadable: ReadonlyMap<string, Error>): void {
    const [first] = unreadable
    if (first !== undefined)
      this.#logger.error({ key: first[0], err: first[1], objects: unreadable.size }, 'Stored objects cannot be read')
  }

  /** Resolves with the reason why the watch ended. */
  async #follow(): Promise<Error> {
    // a store that was put back to an older state has another history than ours
    if ((await this.#store.revision()) < this.#revision) return new CompactedError(this.#revision)
    using ended = new DisposableStack()
    const { promise, resolve } = Promise.withResolvers<Error>()
    const watch = new AbortController()
    const stopped = () => {
      watch.abort()
      resolve(new StoreClosedError())
    }
    this.#stop.signal.addEventListener('abort', stopped, { once: true })
    ended.defer(() => {
      this.#stop.signal.removeEventListener('abort', stopped)
      watch.abort()
      this.#storeWatch = undefined
    })
    if (this.#stop.signal.aborted) return new StoreClosedError()
    this.#storeWatch = this.#store.watch({
      start: this.#prefix,
      end: prefixEnd(this.#prefix),
      from: this.#revision + 1,
      onEvents: (events, revision) => this.#apply(events, revision),
      onProgress: revision => this.#reached(revision),
      onEnd: resolve,
      signal: watch.signal,
    })
    if (this.#waiters.size > 0) this.#askProgress()
    this.#waiters.reached(this.#revision)
    // awaited here: what is put away at the end of this function must outlive the wait
    return await promise
  }

  #apply(events: readonly StoreEvent[], revision: Revision): void {
    const entries = this.#entries
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
      this.#watchers.gather(event)
    }
    this.#past.forgetBefore(this.#window.oldest)
    this.#reached(revision)
  }

  /** Who follows the object cannot be told what it has become: the watch ends, and a list says why. */
  #noteUnreadable({ key, unreadable }: StoreEvent): void {
    this.#unreadable.changed(key, unreadable)
    if (unreadable === undefined) return
    this.#tell(new Map([[key, unreadable]]))
    // what came before it is theirs
    this.#watchers.deliver()
    for (const watcher of this.#watchers.covering(key)) this.#end(watcher, undefined)
  }

  #reached(revision: Revision): void {
    if (revision > this.#revision) this.#revision = revision
    this.#watchers.deliver()
    this.#waiters.reached(this.#revision)
  }

  /** Waits until the cache is loaded and at `revision`. */
  async #reach(revision: Revision, signal?: AbortSignal): Promise<void> {
    if (this.#stop.signal.aborted) throw new StoreClosedError()
    this.#askProgress()
    const late = () => new TooLargeRevisionError(revision, this.#revision)
    if (this.#loaded && this.#revision >= revision) return
    await this.#waiters.wait(revision, maxWait, late, signal)
  }

  /** Writes outside the prefix raise the store's revision without an event: while someone waits, the store is asked. */
  #askProgress(): void {
    this.#storeWatch?.requestProgress()
    if (this.#cancelProgress) return
    this.#cancelProgress = this.#clock.after(progressEvery, () => {
      this.#cancelProgress = undefined
      if (this.#waiters.size > 0) this.#askProgress()
    })
  }

  readonly #current = (): Revision => this.#revision

  readonly #failed = (watcher: Watcher, error: unknown): void => {
    this.#logger.error({ err: error }, 'A watcher failed')
    this.#end(watcher, error instanceof Error ? error : new Error(String(error)))
  }

  #endWatchers(error: Error): void {
    for (const watcher of this.#watchers.takeAll()) this.#end(watcher, error)
  }

  #end(watcher: Watcher, error: Error | undefined): void {
    if (watcher.ended) return
    watcher.ended = true
    this.#watchers.remove(watcher)
    try {
      watcher.options.onEnd(error)
    } catch (thrown) {
      this.#logger.error({ err: thrown }, 'A watcher failed')
    }
  }
}
