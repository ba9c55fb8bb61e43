import { CompactedError, type Entry, type KeyValue, prefixEnd } from '@kubets/storage'
import { continueAfter } from './continue-token.ts'
import type { Page } from './list.ts'
import type { Rest } from './rest.ts'
import type { Selection } from './selection.ts'

/** Keys asked of the store at once. */
const chunk = 500

/**
 * A page as of a revision that the watch cache no longer covers (it was filled later, after a restart, or too much has happened
 * since): the store still has it until it is compacted. Undefined when it is gone there too.
 */
export async function pageOfHistory(
  rest: Rest,
  { prefix, start, revision, limit }: { prefix: string; start: string; revision: number; limit: number },
  chosen: Selection,
): Promise<Page | undefined> {
  const end = prefixEnd(prefix)
  const entries: Entry[] = []
  const metadata: Page['metadata'] = { resourceVersion: String(revision) }
  let from = start
  try {
    for (;;) {
      const { kvs, more, count } = await rest.store.range({ start: from, end, limit: chunk, revision })
      for (const [index, kv] of kvs.entries()) {
        const entry = pastEntry(rest, kv)
        if (!chosen.everything && !chosen.matches(entry)) continue
        if (limit > 0 && entries.length === limit) {
          metadata.continue = continueAfter(revision, (entries.at(-1) as Entry).key, prefix)
          if (chosen.everything) metadata.remainingItemCount = count - index
          return { entries, metadata }
        }
        entries.push(entry)
      }
      const last = kvs.at(-1)
      if (!more || last === undefined) return { entries, metadata }
      from = `${last.key}\0`
    }
  } catch (error) {
    if (error instanceof CompactedError) return undefined
    throw error
  }
}

function pastEntry(rest: Rest, { key, value, createRevision, modRevision, unreadable }: KeyValue): Entry {
  if (unreadable !== undefined) throw unreadable
  const { labels, fields } = rest.describe.read(key, value)
  const entry: Entry = {
    key,
    createRevision,
    modRevision,
    bytes: value,
    memory: value,
    start: 0,
    size: value.length,
    labels,
    fields,
    spliceAt: rest.describe.spliceAt(value),
    // nobody else will ask for this one
    form: (_name, make) => make(entry),
  }
  return entry
}
