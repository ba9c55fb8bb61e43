import { TransientMap } from '@kubets/component'
import type { KeyValue, LeaseId, Revision, StoreEvent } from '../key-value-store.ts'
import { StoreClosedError, type StoreError } from '../key-value-store.ts'
import {
  checksumOf,
  encodeAttached,
  encodeCounter,
  encodeKeyState,
  encodeLogRecord,
  type KeyState,
  ownChecksum,
  type Position,
  summed,
} from './codec.ts'
import { type OpenedDatabase, readCounter } from './database.ts'
import type { DiskSpace } from './disk-space.ts'
import { asKeyValue, type DurableChange, type DurableView } from './durable-view.ts'
import { CommitFailedError, NoSpaceError } from './errors.ts'
import type { Committer } from './writing/committer.ts'
import { WriteBatch } from './writing/write-batch.ts'
import { WriterEndedError } from './writing/writer-ended.ts'

/** One change of one key; without a value it is a deletion. */
export interface Change {
  key: string
  value: Uint8Array | undefined
  lease: LeaseId
  /** What stands there (`state` undefined: nothing), where the caller has looked in this same turn. */
  before?: { readonly state: KeyState | undefined }
}

type Settle = (error: StoreError | undefined) => void

/** A change on its way to the disk. It is kept until LMDB has it, so it must not hold the memory of its batch. */
interface PendingChange extends DurableChange {
  /** Who is told of its batch. */
  readonly settled: Settle[]
}

/** All that one commit carries. */
class Batch {
  readonly changes: PendingChange[] = []
  /** Writes without a revision: leases, compaction. */
  readonly sideWrites: SideWrite[] = []
  readonly settled: Settle[] = []
  /** What the changes do to the tables. */
  readonly writes: WriteBatch
  /** What they add to the sum of the checksums in `keys`. */
  sum = 0
  revision: Revision
  constructor(revision: Revision, writes: WriteBatch) {
    this.revision = revision
    this.writes = writes
  }
}

type SideWrite = (batch: WriteBatch) => void

/** Batches that are kept to be filled again: one is written while the next one is filled. */
const spares = 2

const nothing = new Uint8Array(0)

/** What one commit brings back is handed on in one turn of the loop: its events, then the answers. More writes go with the next one. */
const changesOfACommit = 64

/**
 * The only writer. A change is compared against the newest pending state in memory, gets the next revision in the same
 * turn and joins a batch; one commit runs at a time, and what comes meanwhile is grouped into those that the next commits take, the first of which begins as soon as
 * the one before is durable. `onDurable` runs in order, before the writers are answered. If a commit fails, its batch and those behind it, which
 * were built on it, fail, and the memory goes back to what the disk has.
 *
 * Bound: writers wait for their answers, so the batches hold at most one change for each writer in flight.
 */
export class GroupCommit {
  readonly #db: OpenedDatabase
  readonly #committer: Committer
  readonly #view: DurableView
  readonly #space: DiskSpace
  readonly #onDurable: (events: StoreEvent[], revision: Revision) => void
  readonly #pending = new TransientMap<string, PendingChange>()
  #revision: Revision
  /** Of the records in `keys`, as the disk has it. */
  #sum: number
  /** Those that wait for their commit; the last one is being filled. */
  #open: Batch[] = []
  #inFlight: Batch | undefined
  /** How many commits have begun. */
  #begun = 0
  readonly #spares: WriteBatch[] = []
  #scheduled = false
  #closed = false
  #idle: (() => void)[] = []
  /** Set when the disk's state is unknown after a failed commit: nothing more is written. */
  #broken: StoreError | undefined

  constructor(
    db: OpenedDatabase,
    committer: Committer,
    view: DurableView,
    space: DiskSpace,
    onDurable: (events: StoreEvent[], revision: Revision) => void,
  ) {
    this.#db = db
    this.#committer = committer
    this.#view = view
    this.#space = space
    this.#onDurable = onDurable
    this.#revision = view.revision
    this.#sum = db.counters.sum
    committer.tell({
      shown: commit => view.show(commit),
      lost: error => {
        this.#broken ??= new CommitFailedError(error)
      },
    })
  }

  /** The newest state of a key, durable or not. */
  newest(key: string): KeyState | undefined {
    const pending = this.#pending.get(key)
    return pending ? pending.state : this.#view.state(key)
  }

  /** The pending change of a key as a reader would see it. */
  pending(key: string): { kv: KeyValue | undefined } | undefined {
    const change = this.#pending.get(key)
    if (!change) return undefined
    return { kv: asKeyValue(change) }
  }

  /** The fate of the pending change of a key: whether it became durable. */
  settled(key: string): Promise<boolean> {
    const settled = this.#pending.get(key)?.settled
    if (!settled) return Promise.resolve(true)
    return new Promise(resolve => settled.push(error => resolve(error === undefined)))
  }

  /** All changes get one revision. Resolves with it when they are durable. The caller has compared in this same turn. */
  write(changes: readonly Change[]): Promise<Revision> {
    if (this.#closed) return Promise.reject(new StoreClosedError())
    if (this.#broken) return Promise.reject(this.#broken)
    if (this.#space.full && changes.some(({ value }) => value !== undefined)) {
      // deletions in the same commit shall not fail with it; an empty one looks whether there is room again
      this.#batch()
      return Promise.reject(new NoSpaceError(this.#space.directory))
    }
    const batch = this.#batch()
    const revision = ++this.#revision
    batch.revision = revision
    for (let sub = 0; sub < changes.length; sub++) {
      const { key, value, lease, before } = changes[sub] as Change
      const previous = before === undefined ? this.newest(key) : before.state
      const deleted = value === undefined
      const createRevision = deleted ? 0 : (previous?.createRevision ?? revision)
      const position = { revision, sub }
      const checksum = deleted ? 0 : checksumOf(value)
      const plain = { position, createRevision, lease, checksum }
      const record = deleted ? undefined : encodeKeyState(key, plain)
      const state = record && { ...plain, own: ownChecksum(record) }
      batch.sum = summed(batch.sum, state?.own ?? 0, previous?.own)
      const event: StoreEvent = {
        type: deleted ? 'delete' : 'put',
        key,
        value: value ?? nothing,
        createRevision,
        modRevision: revision,
        lease,
      }
      writeChange(batch.writes, position, record, state, previous, event, checksum)
      const change = { key, state, event, settled: batch.settled }
      batch.changes.push(change)
      this.#pending.set(key, change)
    }
    return new Promise((resolve, reject) => {
      batch.settled.push(error => (error ? reject(error) : resolve(revision)))
    })
  }

  /** A write that has no revision, in order with the others. */
  writeAside(write: SideWrite): Promise<void> {
    if (this.#closed) return Promise.reject(new StoreClosedError())
    if (this.#broken) return Promise.reject(this.#broken)
    const batch = this.#batch()
    batch.sideWrites.push(write)
    return new Promise((resolve, reject) => {
      batch.settled.push(error => (error ? reject(error) : resolve()))
    })
  }

  /** Resolves when LMDB shows this revision, which is durable. */
  async shows(revision: Revision): Promise<void> {
    if (this.#view.shown >= revision) return
    try {
      await this.#committer.caughtUp()
    } catch (error) {
      if (!(error instanceof WriterEndedError)) throw error
      this.#broken ??= new CommitFailedError(error)
      throw this.#broken
    }
    // LMDB got it together with the commit that is under way: both are shown when that is acknowledged
    const last = this.#inFlight
    if (this.#view.shown < revision && last !== undefined)
      await new Promise<void>(done => last.settled.push(() => done()))
  }

  /** Takes no more writes; resolves when those taken are settled. */
  async close(): Promise<void> {
    this.#closed = true
    if (this.#open.length > 0 || this.#inFlight) await new Promise<void>(resolve => this.#idle.push(resolve))
    await this.#committer.caughtUp().catch(() => undefined)
  }

  #batch(): Batch {
    const last = this.#open.at(-1)
    if (last !== undefined && last.changes.length < changesOfACommit) return last
    const batch = new Batch(this.#revision, this.#spares.pop() ?? new WriteBatch())
    this.#open.push(batch)
    this.#schedule()
    return batch
  }

  #schedule(): void {
    if (this.#scheduled || this.#inFlight) return
    this.#scheduled = true
    // after this turn's input: what arrived together is committed together
    setImmediate(() => {
      this.#scheduled = false
      this.#commit()
    })
  }

  #commit(): void {
    if (this.#inFlight) return
    const batch = this.#open.shift()
    if (batch === undefined) return
    this.#inFlight = batch
    try {
      if (this.#space.ample()) this.#write(batch, false)
      else void this.#writeWhereRoom(batch)
    } catch (error) {
      // the folder is gone, or its disk
      this.#failed(batch, error)
    }
  }

  async #writeWhereRoom(batch: Batch): Promise<void> {
    let bytes = 0
    let puts = false
    for (const { event } of batch.changes) {
      bytes += event.value.length
      puts ||= event.type === 'put'
    }
    const demand = { changes: batch.changes.length, bytes, puts, asides: batch.sideWrites.length }
    try {
      // what the journal has needs room, too
      await this.#committer.caughtUp()
      if (await this.#space.reserve(demand)) this.#write(batch, true)
      else this.#failed(batch, new NoSpaceError(this.#space.directory))
    } catch (error) {
      this.#failed(batch, error)
    }
  }

  #write(batch: Batch, atOnce: boolean): void {
    const { writes, sideWrites } = batch
    const number = ++this.#begun
    const sum = summed(this.#sum, batch.sum)
    let committed: Promise<void>
    try {
      if (batch.changes.length > 0) {
        writes.put('meta', 'revision', encodeCounter('revision', batch.revision))
        writes.put('meta', 'sum', encodeCounter('sum', sum))
      }
      for (const write of sideWrites) write(writes)
      committed = this.#committer.commit(writes, { number, changes: batch.changes.length, atOnce })
    } catch (error) {
      committed = Promise.reject(error)
    }
    committed.then(
      () => {
        this.#sum = sum
        if (this.#spares.length < spares) this.#spares.push(writes)
        this.#succeeded(batch, number)
      },
      error => this.#failed(batch, error),
    )
  }

  #succeeded(batch: Batch, number: number): void {
    this.#inFlight = undefined
    this.#view.advance(number, batch.revision, batch.changes)
    const events: StoreEvent[] = []
    for (const change of batch.changes) {
      if (this.#pending.get(change.key) === change) this.#pending.delete(change.key)
      events.push(change.event)
    }
    // what came meanwhile has waited long enough: it is brought to the disk while the loop tells of this
    if (this.#open.length > 0) this.#commit()
    if (events.length > 0) this.#onDurable(events, batch.revision)
    // the changes may be kept for a while: not with all that waited for them
    for (const settle of batch.settled.splice(0)) settle(undefined)
    if (this.#inFlight === undefined) this.#next()
  }

  #failed(batch: Batch, cause: unknown): void {
    const error = cause instanceof NoSpaceError ? cause : new CommitFailedError(reasonOf(cause))
    this.#inFlight = undefined
    const built = this.#open
    this.#open = []
    this.#pending.clear()
    const before = this.#view.revision
    this.#revision = before
    try {
      // what LMDB shows by now may not be on the disk: readers stay with what is
      const unknown = cause instanceof WriterEndedError
      // what only the journal has is not touched by whatever failed before LMDB was asked
      const asked = !unknown && this.#view.shown === before
      if (asked) this.#view.look()
      if (unknown || (asked && readCounter(this.#db, 'revision', this.#view.snapshot) !== before)) this.#broken = error
    } catch {
      this.#broken = error
    }
    for (const settle of batch.settled) settle(error)
    for (const { settled } of built) for (const settle of settled) settle(error)
    this.#next()
  }

  #next(): void {
    if (this.#open.length > 0) this.#schedule()
    else for (const resolve of this.#idle.splice(0)) resolve()
  }
}

/** One change in all the tables that tell of it. */
function writeChange(
  to: WriteBatch,
  position: Position,
  record: Buffer | undefined,
  state: KeyState | undefined,
  previous: KeyState | undefined,
  { type, key, value, createRevision, lease }: StoreEvent,
  checksum: number,
): void {
  const attachedTo = previous?.lease ?? 0n
  if (record !== undefined) {
    to.put('keys', key, record)
    if (value.length > 0) to.put('values', position, value)
    if (lease !== 0n && lease !== attachedTo) to.put('attached', { lease, key }, encodeAttached(lease, key))
  } else if (previous !== undefined) to.remove('keys', key)
  if (attachedTo !== 0n && attachedTo !== state?.lease) to.remove('attached', { lease: attachedTo, key })
  to.put(
    'log',
    position,
    encodeLogRecord(position, { type, key, previous: previous?.position, createRevision, lease, checksum }),
  )
}

/** lmdb rejects with a general message and a promise of the real one, which nobody else looks at. */
function reasonOf(cause: unknown): unknown {
  if (cause instanceof Error && 'commitError' in cause && cause.commitError instanceof Promise)
    cause.commitError.catch(() => undefined)
  return cause
}
