import type { Revision } from '../key-value-store.ts'
import type { Criterion, Entry, Snapshot, Stretch } from './contract.ts'
import type { StoredEntry } from './entry.ts'
import { LeafStretch, type StretchForms } from './leaf-stretch.ts'
import type { ListIndexes } from './list-indexes.ts'
import type { MapView } from './ordered-map.ts'

/** A {@link Snapshot} is a view of the cache's map, with what the cache knows beside it. */
export class ViewSnapshot implements Snapshot {
  readonly revision: Revision
  readonly #view: MapView<StoredEntry>
  readonly #forms: StretchForms
  readonly #indexes: ListIndexes

  constructor(revision: Revision, view: MapView<StoredEntry>, forms: StretchForms, indexes: ListIndexes) {
    this.revision = revision
    this.#view = view
    this.#forms = forms
    this.#indexes = indexes
  }

  get(key: string): Entry | undefined {
    return this.#view.get(key)
  }

  range(start: string, end: string): Iterable<Entry> {
    return this.#view.range(start, end)
  }

  *stretches(start: string, end: string): Generator<Stretch, void, undefined> {
    for (const part of this.#view.parts(start, end)) yield new LeafStretch(part, this.#forms)
  }

  count(start: string, end: string): number {
    return this.#view.count(start, end)
  }

  narrowed(
    kind: string,
    range: { start: string; end: string },
    criteria: readonly Criterion[],
  ): Iterable<Entry> | undefined {
    return this.#indexes.narrowed(this.#view, kind, range, criteria)
  }
}
