import type { KeyValue } from '../key-value-store.ts'
import { decodeKeyState, type KeyState, soundValue } from './codec.ts'
import type { OpenedDatabase, Snapshot } from './database.ts'

/** Keys of a page: so many are found and put in order in some two milliseconds. */
export const pageSize = 2_048

/** A key of a page, and its number in the order of keys. */
export interface Found {
  readonly key: string
  readonly place: number
  readonly state: KeyState
}

/** At most so many keys from `start` on, before `end`; the first one's number is `place`. */
export function pageFrom(
  db: OpenedDatabase,
  { start, end }: { start: string; end: string },
  place: number,
  transaction: Snapshot,
): Found[] {
  const found: Found[] = []
  for (const { key, value } of db.keys.getRange({ start, end, limit: pageSize, transaction }))
    found.push({ key, place: place + found.length, state: decodeKeyState(key, value, db.directory) })
  return found
}

/** The last `limit` keys before `end`, from the last one on; its number is one less than `place`. */
export function pageBefore(
  db: OpenedDatabase,
  { start, end }: { start: string; end: string },
  limit: number,
  place: number,
  transaction: Snapshot,
): Found[] {
  const found: Found[] = []
  const range = { start: end, exclusiveStart: true, end: start, inclusiveEnd: true, reverse: true, limit, transaction }
  for (const { key, value } of db.keys.getRange(range))
    found.push({ key, place: place - 1 - found.length, state: decodeKeyState(key, value, db.directory) })
  return found
}

/**
 * Puts a page in the order in which its values were written: the revisions that still count, from the oldest on, which is how they lie in
 * the file. What is superseded is passed over.
 */
export function inOrderOfRevisions(found: Found[]): void {
  const order = ({ state: { position: a } }: Found, { state: { position: b } }: Found) =>
    a.revision - b.revision || a.sub - b.sub
  found.sort(order)
}

const nothing = new Uint8Array(0)

/** Its value is good until the next read. */
export function readFound(db: OpenedDatabase, { key, state }: Found, options: { transaction: Snapshot }): KeyValue {
  const { position, checksum, createRevision, lease } = state
  const bytes = db.values.getBinaryFast(position, options)
  const value = bytes === undefined ? nothing : bytes.subarray(0, bytes.length)
  return {
    key,
    value: soundValue(db.directory, key, position, value, checksum),
    createRevision,
    modRevision: position.revision,
    lease,
  }
}
