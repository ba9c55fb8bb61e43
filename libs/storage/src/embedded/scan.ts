import type { Revision, Visit } from '../key-value-store.ts'
import { Turn } from '../turn.ts'
import type { OpenedDatabase, Snapshot } from './database.ts'
import { type Found, inOrderOfRevisions, pageFrom, readFound } from './pages.ts'

/** Values between two looks at the time. */
const atOnce = 64

/** What a scan reads, and how it is told that nobody wants it any more. */
export interface Scanned {
  readonly db: OpenedDatabase
  readonly revision: Revision
  readonly snapshot: Snapshot
  /** @throws when it is to end. */
  assertOpen(): void
}

/**
 * See {@link KeyValueStore.scan}. A page of keys at a time, whose values are then read in the order in which they were written. Whoever calls
 * holds the snapshot until the end, whatever is committed meanwhile.
 */
export async function scanDatabase(
  scanned: Scanned,
  { start, end }: { start: string; end: string },
  visit: Visit,
): Promise<Revision> {
  const { db, revision, snapshot } = scanned
  const turn = new Turn()
  let from = start
  let place = 0
  while (from < end) {
    const found = pageFrom(db, { start: from, end }, place, snapshot)
    const last = found.at(-1)
    if (last === undefined) break
    from = `${last.key}\0`
    place += found.length
    await visitPage(scanned, found, visit, turn)
  }
  return revision
}

/** Visits the key-values of a page, in the order in which they are cheap to read. */
export async function visitPage(
  { db, snapshot: transaction, assertOpen }: Scanned,
  found: Found[],
  visit: Visit,
  turn: Turn,
): Promise<void> {
  inOrderOfRevisions(found)
  const options = { transaction }
  for (let i = 0; i < found.length; i++) {
    if (i % atOnce === 0 && turn.over) {
      await turn.next()
      assertOpen()
    }
    const one = found[i] as Found
    const held = visit(readFound(db, one, options), one.place)
    if (held !== undefined) await held
  }
}
