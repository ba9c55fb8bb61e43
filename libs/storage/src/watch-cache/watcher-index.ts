import { prefixEnd, type Revision } from '../key-value-store.ts'
import type { CacheEvent, CacheWatcher, CacheWatchOptions } from './contract.ts'

/** What all watchers of a cache have in common. */
export interface WatchersHome {
  readonly index: WatcherIndex
  /** The cache's revision. */
  current(): Revision
  failed(watcher: Watcher, error: unknown): void
}

/** One watch on the cache. Lives in exactly one {@link Bucket}, unless it pauses. */
export class Watcher implements CacheWatcher {
  readonly options: CacheWatchOptions
  readonly #home: WatchersHome
  /** Events from before the watch began, until they are handed over. */
  #backlog: readonly CacheEvent[] | undefined
  /** Events up to here are not offered: they came before the watch or are in its backlog. */
  #behind: Revision
  ended = false

  constructor(options: CacheWatchOptions, backlog: readonly CacheEvent[], home: WatchersHome) {
    this.options = options
    this.#home = home
    this.#behind = Math.max(options.after, home.current())
    this.#backlog = backlog.length > 0 ? backlog : undefined
    // never from within watch(): the caller has no handle yet
    if (this.#backlog) queueMicrotask(() => this.#flush())
  }

  get revision(): Revision {
    return this.#backlog ? this.options.after : Math.max(this.#home.current(), this.options.after)
  }

  pause(): void {
    this.#home.index.remove(this)
  }

  goOn(): void {
    if (this.ended) return
    this.#behind = Math.max(this.#behind, this.#home.current())
    this.#home.index.add(this)
  }

  offer(events: readonly CacheEvent[]): void {
    this.#flush()
    if (this.ended) return
    const behind = this.#behind
    const first = events[0]
    const later = first && first.revision > behind ? events : events.filter(event => event.revision > behind)
    if (later.length > 0) this.#deliver(later)
  }

  #flush(): void {
    const backlog = this.#backlog
    if (!backlog) return
    this.#backlog = undefined
    if (!this.ended) this.#deliver(backlog)
  }

  #deliver(events: readonly CacheEvent[]): void {
    try {
      this.options.onEvents(events)
    } catch (error) {
      this.#home.failed(this, error)
    }
  }
}

/** Watchers that want exactly the same events: those are gathered once for all of them. */
interface Bucket {
  readonly watchers: Set<Watcher>
  events: CacheEvent[]
}

/** All watchers of one range, by the field they name. */
interface Group {
  readonly start: string
  readonly end: string
  readonly all: Bucket
  readonly byField: Map<string, Map<string, Bucket>>
}

/**
 * Finds the watchers that an event can matter to without asking the others: by exact key, by each prefix of the key
 * that ends with `/`, and within those by the value of one field in the object before or after. Ranges that are neither
 * (rare) are asked one by one.
 */
export class WatcherIndex {
  readonly #byKey = new Map<string, Group>()
  readonly #byPrefix = new Map<string, Group>()
  readonly #others = new Map<string, Group>()
  #touched: Bucket[] = []
  size = 0

  add(watcher: Watcher): void {
    const { start, end, field } = watcher.options
    const [groups, name] = this.#place(start, end)
    let group = groups.get(name)
    if (!group) {
      group = { start, end, all: newBucket(), byField: new Map() }
      groups.set(name, group)
    }
    let bucket = group.all
    if (field) {
      const values = group.byField.get(field.name) ?? new Map<string, Bucket>()
      group.byField.set(field.name, values)
      const known = values.get(field.value)
      bucket = known ?? newBucket()
      if (!known) values.set(field.value, bucket)
    }
    bucket.watchers.add(watcher)
    this.size++
  }

  remove(watcher: Watcher): void {
    const { start, end, field } = watcher.options
    const [groups, name] = this.#place(start, end)
    const group = groups.get(name)
    if (!group) return
    const values = field && group.byField.get(field.name)
    const bucket = field ? values?.get(field.value) : group.all
    if (!bucket?.watchers.delete(watcher)) return
    this.size--
    if (field && values && bucket.watchers.size === 0) {
      values.delete(field.value)
      if (values.size === 0) group.byField.delete(field.name)
    }
    if (group.all.watchers.size === 0 && group.byField.size === 0) groups.delete(name)
  }

  /** Files the event with everyone it can matter to; `deliver` hands it over. */
  gather(event: CacheEvent): void {
    if (this.size === 0) return
    const { key } = event.entry
    const exact = this.#byKey.get(key)
    if (exact) this.#gatherIn(exact, event)
    if (this.#byPrefix.size > 0)
      for (let slash = key.indexOf('/'); slash !== -1; slash = key.indexOf('/', slash + 1)) {
        const group = this.#byPrefix.get(key.slice(0, slash + 1))
        if (group) this.#gatherIn(group, event)
      }
    for (const group of this.#others.values()) if (key >= group.start && key < group.end) this.#gatherIn(group, event)
  }

  /** One call for each watcher. */
  deliver(): void {
    const touched = this.#touched
    if (touched.length === 0) return
    this.#touched = []
    for (const bucket of touched) {
      const events = bucket.events
      bucket.events = []
      for (const watcher of bucket.watchers) watcher.offer(events)
    }
  }

  /** Those whose range has the key, whatever field they name. */
  covering(key: string): Watcher[] {
    const found: Watcher[] = []
    for (const groups of [this.#byKey, this.#byPrefix, this.#others])
      for (const { start, end, all, byField } of groups.values()) {
        if (key < start || key >= end) continue
        // one by one: arguments of a call are bounded by the stack
        for (const watcher of all.watchers) found.push(watcher)
        for (const values of byField.values())
          for (const bucket of values.values()) for (const watcher of bucket.watchers) found.push(watcher)
      }
    return found
  }

  takeAll(): Watcher[] {
    const all: Watcher[] = []
    for (const groups of [this.#byKey, this.#byPrefix, this.#others]) {
      for (const group of groups.values())
        for (const bucket of [group.all, ...[...group.byField.values()].flatMap(values => [...values.values()])])
          for (const watcher of bucket.watchers) all.push(watcher)
      groups.clear()
    }
    this.#touched = []
    this.size = 0
    return all
  }

  #place(start: string, end: string): [Map<string, Group>, string] {
    if (end === `${start}\0`) return [this.#byKey, start]
    if (start.endsWith('/') && end === prefixEnd(start)) return [this.#byPrefix, start]
    return [this.#others, `${start}\0\0${end}`]
  }

  #gatherIn(group: Group, event: CacheEvent): void {
    if (group.all.watchers.size > 0) this.#file(group.all, event)
    for (const [field, values] of group.byField) {
      const now = event.entry.fields[field]
      const before = event.previous?.fields[field]
      const bucket = now === undefined ? undefined : values.get(now)
      if (bucket) this.#file(bucket, event)
      const old = before === undefined || before === now ? undefined : values.get(before)
      if (old) this.#file(old, event)
    }
  }

  #file(bucket: Bucket, event: CacheEvent): void {
    if (bucket.events.length === 0) this.#touched.push(bucket)
    bucket.events.push(event)
  }
}

function newBucket(): Bucket {
  return { watchers: new Set(), events: [] }
}

/** Whether the event can matter to a watch with these options. */
export function concerns(event: CacheEvent, { start, end, field }: CacheWatchOptions): boolean {
  const { key } = event.entry
  if (key < start || key >= end) return false
  if (!field) return true
  return event.entry.fields[field.name] === field.value || event.previous?.fields[field.name] === field.value
}
