import { TransientMap } from '@kubets/component'
import {
  CompactedError,
  FutureRevisionError,
  type KeyValue,
  type RangeOptions,
  type RangeResult,
  type Revision,
  type StoreEvent,
} from '../key-value-store.ts'
import { decodeKeyState, decodeLogRecord, type KeyState, type LogRecord, type Position, soundValue } from './codec.ts'
import type { OpenedDatabase, Snapshot } from './database.ts'
import { readTransaction } from './read-transaction.ts'

const nothing = new Uint8Array(0)

/** A change that is on the disk. */
export interface DurableChange {
  readonly key: string
  /** `undefined`: deleted. */
  readonly state: KeyState | undefined
  readonly event: StoreEvent
}

/** What its key holds since then. */
export function asKeyValue({ key, state, event }: DurableChange): KeyValue | undefined {
  if (state === undefined) return undefined
  const { position, createRevision, lease } = state
  return { key, value: event.value, createRevision, modRevision: position.revision, lease }
}

/** A commit that only the journal has. */
interface Ahead {
  readonly commit: number
  readonly revision: Revision
  readonly changes: readonly DurableChange[]
}

/**
 * What is durable, as all readers see it: one LMDB snapshot and the revision that goes with it, and above them what only the journal has. It moves only when a
 * commit has been acknowledged (`advance`), so a read in the middle of a commit sees all of it or nothing. What stands under one key is told at once
 * ({@link state}, {@link get}); all else is read from the snapshot: whoever asks for it waits until that shows what he may have seen ({@link shown}).
 */
export class DurableView {
  readonly #db: OpenedDatabase
  #snapshot: Snapshot
  /** Of the snapshot. */
  shown: Revision
  /** Commits that the snapshot does not show, and the newest change of each of their keys. */
  readonly #ahead: Ahead[] = []
  readonly #newest = new TransientMap<string, DurableChange>()
  /** The last commit that was acknowledged, and the last one that LMDB has: either may be ahead. */
  #acknowledged = 0
  #commit = 0
  /** All that is durable. */
  revision: Revision
  compactRevision: Revision

  constructor(db: OpenedDatabase) {
    this.#db = db
    this.shown = db.counters.revision
    this.revision = db.counters.revision
    this.compactRevision = db.counters.compactRevision
    this.#snapshot = readTransaction(db.root)
  }

  get snapshot(): Snapshot {
    return this.#snapshot
  }

  /** A commit has become durable; LMDB has it already, or will {@link show} it later. */
  advance(commit: number, revision: Revision, changes: readonly DurableChange[]): void {
    this.revision = revision
    this.#acknowledged = commit
    if (this.#commit >= commit) {
      this.#forget(commit)
      this.shown = revision
      this.look()
    } else if (changes.length > 0) {
      this.#ahead.push({ commit, revision, changes })
      for (const change of changes) this.#newest.set(change.key, change)
    }
  }

  /** LMDB has this commit and all before it. One that is not acknowledged yet is looked at when it is, and all before it with it. */
  show(commit: number): void {
    this.#commit = commit
    if (commit > this.#acknowledged) return
    this.#forget(commit)
    // also after one without changes: LMDB cannot use pages again that an older snapshot sees
    this.look()
  }

  /** What is ahead up to this commit: LMDB has it. */
  #forget(commit: number): void {
    let count = 0
    for (; (this.#ahead[count]?.commit ?? Number.POSITIVE_INFINITY) <= commit; count++) {
      const { revision, changes } = this.#ahead[count] as Ahead
      this.shown = revision
      for (const change of changes) if (this.#newest.get(change.key) === change) this.#newest.delete(change.key)
    }
    this.#ahead.splice(0, count)
  }

  /** At what LMDB has now. */
  look(): void {
    this.#snapshot.done()
    this.#db.root.resetReadTxn()
    this.#snapshot = readTransaction(this.#db.root)
  }

  close(): void {
    this.#snapshot.done()
  }

  state(key: string): KeyState | undefined {
    const newest = this.#newest.get(key)
    if (newest !== undefined) return newest.state
    const bytes = this.#db.keys.get(key, { transaction: this.#snapshot })
    return bytes && decodeKeyState(key, bytes, this.#db.directory)
  }

  record(position: Position): LogRecord | undefined {
    const bytes = this.#db.log.get(position, { transaction: this.#snapshot })
    return bytes && decodeLogRecord(position, bytes, this.#db.directory)
  }

  /** @throws StoreDamagedError when it is not what was written. */
  value(key: string, position: Position, checksum: number | undefined): Uint8Array {
    const value = this.#db.values.get(position, { transaction: this.#snapshot }) ?? nothing
    return soundValue(this.#db.directory, key, position, value, checksum)
  }

  keyValue(key: string, state: KeyState): KeyValue {
    const newest = this.#newest.get(key)
    if (newest?.state === state) return asKeyValue(newest) as KeyValue
    return {
      key,
      value: this.value(key, state.position, state.checksum),
      createRevision: state.createRevision,
      modRevision: state.position.revision,
      lease: state.lease,
    }
  }

  get(key: string, revision?: Revision): KeyValue | undefined {
    if (revision === undefined || revision === this.revision) {
      const state = this.state(key)
      return state && this.keyValue(key, state)
    }
    return this.range({ start: key, end: `${key}\0`, revision }).kvs[0]
  }

  range(options: RangeOptions): RangeResult {
    const { start, end, limit = 0, revision } = options
    if (revision !== undefined && revision !== 0) {
      if (revision > this.shown) throw new FutureRevisionError()
      if (revision < this.compactRevision) throw new CompactedError(this.compactRevision)
      if (revision < this.shown) return this.#rangeAt(options, revision)
    }
    const transaction = this.#snapshot
    if (!(start < end)) return { kvs: [], more: false, count: 0, revision: this.shown }
    if (options.countOnly)
      return {
        kvs: [],
        more: false,
        count: this.#db.keys.getKeysCount({ start, end, transaction }),
        revision: this.shown,
      }
    const found: { key: string; state: KeyState }[] = []
    const bounds = limit > 0 ? { start, end, limit, transaction } : { start, end, transaction }
    for (const { key, value } of this.#db.keys.getRange(bounds))
      found.push({ key, state: decodeKeyState(key, value, this.#db.directory) })
    const count =
      limit > 0 && found.length === limit ? this.#db.keys.getKeysCount({ start, end, transaction }) : found.length
    return {
      kvs: found.map(({ key, state }) => this.keyValue(key, state)),
      more: count > found.length,
      count,
      revision: this.shown,
    }
  }

  /**
   * The past: what stands now, with every key that changed since put back to what its first change after `revision`
   * replaced. Costs a walk over the changes since then, so it is meant for the watch cache's rare misses.
   */
  #rangeAt(options: RangeOptions, revision: Revision): RangeResult {
    const { start, end, limit = 0 } = options
    const transaction = this.#snapshot
    const undone = new Map<string, Position | undefined>()
    const since = { start: { revision: revision + 1, sub: 0 }, transaction }
    for (const { key: position, value } of this.#db.log.getRange(since)) {
      const record = decodeLogRecord(position, value, this.#db.directory)
      if (record.key >= start && record.key < end && !undone.has(record.key)) undone.set(record.key, record.previous)
    }
    const states = new Map<string, KeyState>()
    for (const { key, value } of this.#db.keys.getRange({ start, end, transaction }))
      if (!undone.has(key)) states.set(key, decodeKeyState(key, value, this.#db.directory))
    for (const [key, position] of undone) {
      if (position === undefined) continue
      const record = this.record(position)
      if (record) states.set(key, { ...record, position })
    }
    if (options.countOnly) return { kvs: [], more: false, count: states.size, revision: this.shown }
    const keys = [...states.keys()].sort((a, b) => (a < b ? -1 : 1))
    const taken = limit > 0 ? keys.slice(0, limit) : keys
    const kvs = taken.map(key => this.keyValue(key, states.get(key) as KeyState))
    return { kvs, more: keys.length > taken.length, count: keys.length, revision: this.shown }
  }

  /** The first `limit` keys of a range without their values. */
  page(start: string, end: string, limit: number): { key: string; state: KeyState }[] {
    const found: { key: string; state: KeyState }[] = []
    const bounds = { start, end, limit, transaction: this.#snapshot }
    for (const { key, value } of this.#db.keys.getRange(bounds))
      found.push({ key, state: decodeKeyState(key, value, this.#db.directory) })
    return found
  }

  /**
   * Events of the revisions from `from` on, ending with a whole revision after about `maxBytes` or `maxEvents`.
   * `through` is the last revision looked at.
   */
  events(
    from: Revision,
    start: string,
    end: string,
    maxEvents: number,
    maxBytes: number,
  ): { events: StoreEvent[]; through: Revision } {
    if (from > this.shown) return this.#eventsAhead(from, start, end)
    const events: StoreEvent[] = []
    let bytes = 0
    let looked = 0
    let through = from - 1
    const transaction = this.#snapshot
    for (const { key: position, value } of this.#db.log.getRange({ start: { revision: from, sub: 0 }, transaction })) {
      if (position.revision !== through && (events.length >= maxEvents || bytes >= maxBytes || looked >= maxEvents * 8))
        return { events, through: position.revision - 1 }
      looked++
      through = position.revision
      const record = decodeLogRecord(position, value, this.#db.directory)
      if (record.key < start || record.key >= end) continue
      const event = this.#event(position, record)
      bytes += event.value.length
      events.push(event)
    }
    return { events, through: this.shown }
  }

  /** Those that only the journal has: no more than it holds. */
  #eventsAhead(from: Revision, start: string, end: string): { events: StoreEvent[]; through: Revision } {
    const events: StoreEvent[] = []
    for (const { changes } of this.#ahead)
      for (const { event } of changes)
        if (event.modRevision >= from && event.key >= start && event.key < end) events.push(event)
    return { events, through: this.revision }
  }

  #event(position: Position, record: LogRecord): StoreEvent {
    const { key, type, createRevision, lease, checksum } = record
    const value = type === 'put' ? this.value(key, position, checksum) : nothing
    return { type, key, value, createRevision, modRevision: position.revision, lease }
  }
}
