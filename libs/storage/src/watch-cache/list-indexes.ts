import type { Clock } from '@kubets/component'
import { prefixEnd } from '../key-value-store.ts'
import { Turn } from '../turn.ts'
import type { Criterion } from './contract.ts'
import type { StoredEntry } from './entry.ts'
import type { MapView, OrderedMap } from './ordered-map.ts'

/** Fewer entries are looked through as fast as found. */
const worthwhile = 1_000

/** Indexes of one kind, and of all. Each costs a write under a microsecond. */
const maxOfKind = 8
const maxOfAll = 32

/** Of one kind: anybody can think of labels, and they leave room for fields. */
const maxOfLabels = 6

/** At a bound one that nobody has asked for this long, ms, makes room. */
const idle = 300_000

/** With fewer values than this an index of most entries of a kind saves nothing: `status.phase`. */
const fewValues = 8

/** More entries than this are not put in order for one LIST: to look through all is as good then. */
const maxSorted = 4_096

/** Entries that have one value in common. Written often and asked rarely: they are put in order by who asks. */
class Bucket {
  readonly #entries = new Map<string, StoredEntry>()
  #sorted: readonly StoredEntry[] | undefined

  get size(): number {
    return this.#entries.size
  }

  set(key: string, entry: StoredEntry): void {
    this.#entries.set(key, entry)
    this.#sorted = undefined
  }

  delete(key: string): void {
    if (this.#entries.delete(key)) this.#sorted = undefined
  }

  /** In the order of keys; later changes are not seen. */
  range(start: string, end: string): readonly StoredEntry[] {
    this.#sorted ??= [...this.#entries.values()].sort((a, b) => (a.key < b.key ? -1 : 1))
    return this.#sorted.slice(firstFrom(this.#sorted, start), firstFrom(this.#sorted, end))
  }
}

function firstFrom(entries: readonly StoredEntry[], start: string): number {
  let low = 0
  let high = entries.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((entries[middle] as StoredEntry).key < start) low = middle + 1
    else high = middle
  }
  return low
}

/** Entries by one field or label. */
class ListIndex {
  readonly #of: Criterion['of']
  readonly #name: string
  readonly #byValue = new Map<string, Bucket>()
  usedAt: number
  /** While it is filled: keys that have changed since. */
  changedMeanwhile: Set<string> | undefined = new Set()
  filled: Promise<void> | undefined

  constructor({ of, name }: Criterion, now: number) {
    this.#of = of
    this.#name = name
    this.usedAt = now
  }

  get values(): number {
    return this.#byValue.size
  }

  get size(): number {
    let size = 0
    for (const bucket of this.#byValue.values()) size += bucket.size
    return size
  }

  with(value: string): Bucket | undefined {
    return this.#byValue.get(value)
  }

  replace(key: string, before: StoredEntry | undefined, now: StoredEntry | undefined): void {
    const old = before && this.#valueOf(before)
    const value = now && this.#valueOf(now)
    if (old !== undefined && old !== value) {
      const bucket = this.#byValue.get(old)
      bucket?.delete(key)
      if (bucket?.size === 0) this.#byValue.delete(old)
    }
    if (now === undefined || value === undefined) return
    let bucket = this.#byValue.get(value)
    if (bucket === undefined) {
      bucket = new Bucket()
      this.#byValue.set(value, bucket)
    }
    bucket.set(key, now)
  }

  /** A field that is not there is empty; a label that is not there is none. */
  #valueOf(entry: StoredEntry): string | undefined {
    if (this.#of === 'field') return entry.fields[this.#name] ?? ''
    const value = entry.labels[this.#name]
    return typeof value === 'string' ? value : undefined
  }
}

class Kind {
  readonly prefix: string
  readonly end: string
  readonly indexes = new Map<string, ListIndex>()
  /** What an index was made by in vain. */
  readonly useless = new Set<string>()

  constructor(prefix: string) {
    this.prefix = prefix
    this.end = prefixEnd(prefix)
  }

  isFull(of: Criterion['of']): boolean {
    const { size } = this.indexes
    if (size >= maxOfKind) return true
    if (of === 'field' || size < maxOfLabels) return false
    let labels = 0
    for (const name of this.indexes.keys()) if (name.startsWith('label ')) labels++
    return labels >= maxOfLabels
  }
}

/**
 * Indexes of the present state, by what LISTs ask for: the first that names a field or label waits until its index is filled, in turns of the
 * loop, and every write keeps it in step from then on.
 */
export class ListIndexes {
  readonly #map: OrderedMap<StoredEntry>
  readonly #clock: Clock
  readonly #worthwhile: number
  readonly #kinds = new Map<string, Kind>()
  #count = 0

  /** `atLeast`: so many entries are worth an index. */
  constructor(map: OrderedMap<StoredEntry>, clock: Clock, atLeast = worthwhile) {
    this.#map = map
    this.#clock = clock
    this.#worthwhile = atLeast
  }

  /** Called with each change of the map. */
  changed(key: string, before: StoredEntry | undefined, now: StoredEntry | undefined): void {
    if (this.#count === 0) return
    for (const { prefix, indexes } of this.#kinds.values()) {
      if (!key.startsWith(prefix)) continue
      for (const index of indexes.values()) {
        index.changedMeanwhile?.add(key)
        index.replace(key, before, now)
      }
    }
  }

  /** Resolves when one of the criteria has an index, if it is worth having. */
  async prepare(prefix: string, range: { start: string; end: string }, criteria: readonly Criterion[]): Promise<void> {
    const view = this.#map.view()
    if (view.count(range.start, range.end) < this.#worthwhile) return
    const kind = this.#kinds.get(prefix) ?? new Kind(prefix)
    this.#kinds.set(prefix, kind)
    for (const criterion of criteria) {
      const name = nameOf(criterion)
      if (kind.useless.has(name)) continue
      let index = kind.indexes.get(name)
      if (index === undefined) {
        if (!this.#hasRoom(kind, criterion)) continue
        index = new ListIndex(criterion, this.#clock.now())
        kind.indexes.set(name, index)
        this.#count++
        index.filled = this.#fill(kind, name, index)
      }
      await index.filled
      // one whose entries are few is enough
      if (kind.indexes.get(name) === index && (index.with(criterion.value)?.size ?? 0) <= this.#worthwhile) return
    }
  }

  /**
   * Entries of a range of the kind among which are all that meet the criteria, in the order of keys. Undefined when there is no index by any
   * of them, or when the view is not the present state.
   */
  narrowed(
    view: MapView<StoredEntry>,
    prefix: string,
    range: { start: string; end: string },
    criteria: readonly Criterion[],
  ): Iterable<StoredEntry> | undefined {
    const kind = this.#kinds.get(prefix)
    if (kind === undefined || !this.#map.isAt(view)) return undefined
    let found: Bucket | undefined
    for (const criterion of criteria) {
      const index = kind.indexes.get(nameOf(criterion))
      if (index === undefined || index.changedMeanwhile !== undefined) continue
      index.usedAt = this.#clock.now()
      const bucket = index.with(criterion.value)
      if (bucket === undefined) return []
      if (found === undefined || bucket.size < found.size) found = bucket
    }
    return found === undefined || found.size > maxSorted ? undefined : found.range(range.start, range.end)
  }

  async #fill(kind: Kind, name: string, index: ListIndex): Promise<void> {
    const turn = new Turn()
    // as of now, when the index begins to be told of changes: not as of when the LIST that waits for it began
    const view = this.#map.view()
    const count = view.count(kind.prefix, kind.end)
    const changed = index.changedMeanwhile
    let looked = 0
    for (const entry of view.range(kind.prefix, kind.end)) {
      if (++looked % 64 === 0 && turn.over) await turn.next()
      if (!changed?.has(entry.key)) index.replace(entry.key, undefined, entry)
    }
    index.changedMeanwhile = undefined
    if (index.values >= fewValues || index.size * 2 <= count) return
    if (kind.useless.size >= 100) kind.useless.clear()
    kind.useless.add(name)
    this.#drop(kind, name)
  }

  #drop(kind: Kind, name: string): void {
    if (kind.indexes.delete(name)) this.#count--
  }

  #hasRoom(kind: Kind, { of }: Criterion): boolean {
    const longAgo = this.#clock.now() - idle
    if (kind.isFull(of)) this.#dropIdle([kind], longAgo)
    if (this.#count >= maxOfAll) this.#dropIdle(this.#kinds.values(), longAgo)
    return !kind.isFull(of) && this.#count < maxOfAll
  }

  #dropIdle(kinds: Iterable<Kind>, longAgo: number): void {
    for (const kind of kinds)
      for (const [name, index] of kind.indexes)
        if (index.changedMeanwhile === undefined && index.usedAt <= longAgo) this.#drop(kind, name)
  }
}

const nameOf = ({ of, name }: Criterion) => `${of} ${name}`
