import type { KeyValue, Revision, Visit } from '../key-value-store.ts'
import { Turn } from '../turn.ts'
import { decodeKeyState, type KeyState, soundValue } from './codec.ts'
import type { OpenedDatabase, Snapshot } from './database.ts'
import type { DurableView } from './durable-view.ts'

/** Keys or values between two looks at the time. */
const atOnce = 64

/** Keys that are looked up before their values are read: so many are found and put in order in some two milliseconds. */
const page = 2_048

const nothing = new Uint8Array(0)

/**
 * See {@link KeyValueStore.scan}. A page of keys at a time, whose values are then read in the order in which they were written: the
 * revisions that still count, from the oldest on, which is how they lie in the file. What is superseded is passed over. The snapshot is held until
 * the end, whatever is committed meanwhile. `assertOpen` ends it early.
 */
export async function scanDatabase(
  db: OpenedDatabase,
  { revision, snapshot: transaction }: DurableView,
  { start, end }: { start: string; end: string },
  visit: Visit,
  assertOpen: () => void,
): Promise<Revision> {
  transaction.use()
  try {
    const turn = new Turn()
    const options = { transaction }
    let from = start
    let visited = 0
    while (from < end) {
      const found = keysOf(db, { start: from, end, limit: page, transaction }, visited)
      const last = found.at(-1)
      if (last === undefined) break
      from = `${last.key}\0`
      visited += found.length
      inOrderOfRevisions(found)
      for (let i = 0; i < found.length; i++) {
        if (i % atOnce === 0 && turn.over) {
          await turn.next()
          assertOpen()
        }
        const { key, place, state } = found[i] as Found
        const { position, checksum, createRevision, lease } = state
        // its bytes are good until the next read
        const bytes = db.values.getBinaryFast(position, options)
        const value = bytes === undefined ? nothing : bytes.subarray(0, bytes.length)
        const kv: KeyValue = {
          key,
          value: soundValue(db.directory, key, position, value, checksum),
          createRevision,
          modRevision: position.revision,
          lease,
        }
        const held = visit(kv, place)
        if (held !== undefined) await held
      }
    }
    return revision
  } finally {
    transaction.done()
  }
}

interface Found {
  readonly key: string
  readonly place: number
  readonly state: KeyState
}

function keysOf(
  db: OpenedDatabase,
  range: { start: string; end: string; limit: number; transaction: Snapshot },
  place: number,
): Found[] {
  const found: Found[] = []
  for (const { key, value } of db.keys.getRange(range))
    found.push({ key, place: place + found.length, state: decodeKeyState(key, value, db.directory) })
  return found
}

function inOrderOfRevisions(found: Found[]): void {
  const order = ({ state: { position: a } }: Found, { state: { position: b } }: Found) =>
    a.revision - b.revision || a.sub - b.sub
  found.sort(order)
}
