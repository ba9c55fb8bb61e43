import { type Entry, prefixEnd, type Snapshot } from '@kubets/storage'
import type { Rest } from './rest.ts'
import type { Selection } from './selection.ts'

/** The keys of a LIST or a watch. */
export interface Where {
  /** All keys of the kind begin with it. */
  readonly kind: string
  readonly prefix: string
  readonly start: string
}

/** Before a snapshot is taken: the first who selects by a field or label waits for its index. */
export function prepareIndex(
  { cache }: Rest,
  { kind, prefix }: Where,
  { key, criteria }: Selection,
): Promise<void> | undefined {
  if (key !== undefined || criteria.length === 0) return undefined
  return cache.index(kind, { start: prefix, end: prefixEnd(prefix) }, criteria)
}

/** What has to be looked through for what is chosen: the least that the cache can tell. */
export function candidates(
  snapshot: Snapshot,
  { kind, prefix, start }: Where,
  { criteria }: Selection,
): Iterable<Entry> {
  const range = { start, end: prefixEnd(prefix) }
  return snapshot.narrowed(kind, range, criteria) ?? snapshot.range(range.start, range.end)
}
