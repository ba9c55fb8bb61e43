import { type KeyValueStore, prefixEnd, type Revision, StoreClosedError } from '../key-value-store.ts'
import { Turn } from '../turn.ts'
import type { EntryFactory, StoredEntry } from './entry.ts'
import { OrderedMap } from './ordered-map.ts'

export interface Loaded {
  readonly map: OrderedMap<StoredEntry>
  /** As of which all is there. */
  readonly revision: Revision
  readonly unreadable: Map<string, Error>
}

/** Reads all below a prefix. Others have their turns in between; once `signal` aborts it ends with a {@link StoreClosedError}. */
export async function loadAll(
  store: KeyValueStore,
  prefix: string,
  entries: EntryFactory,
  signal: AbortSignal,
): Promise<Loaded> {
  const unreadable = new Map<string, Error>()
  /** By their places; longer than it is filled, so that it stays a plain array. */
  const loaded: StoredEntry[] = []
  let count = 0
  const revision = await store.scan({ start: prefix, end: prefixEnd(prefix) }, (kv, place, lasting) => {
    if (signal.aborted) throw new StoreClosedError()
    if (kv.unreadable !== undefined) unreadable.set(kv.key, kv.unreadable)
    if (place >= loaded.length) loaded.length = Math.max(place + 1, loaded.length * 2)
    loaded[place] = entries.make(kv, lasting)
    count++
  })
  const map = new OrderedMap<StoredEntry>()
  const turn = new Turn()
  for (let i = 0; i < count; i++) {
    if (i % 1_000 === 0 && turn.over) await turn.next()
    const entry = loaded[i] as StoredEntry
    map.append(entry.key, entry)
  }
  return { map, revision, unreadable }
}
