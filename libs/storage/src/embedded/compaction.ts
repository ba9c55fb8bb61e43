import { CompactedError, FutureRevisionError, type Revision } from '../key-value-store.ts'
import { decodeLogRecord, encodeCounter, type Position } from './codec.ts'
import type { OpenedDatabase } from './database.ts'
import type { DurableView } from './durable-view.ts'
import type { GroupCommit } from './group-commit.ts'

/** Log records that one commit of the compaction looks at: about a millisecond of the main thread. */
const chunk = 500

/**
 * Forgetting: first the boundary is made durable (from then on older reads and watches fail), then, chunk by chunk
 * between other commits, every version that was replaced at or before the boundary is deleted, and every tombstone
 * before it. LMDB uses the freed pages again, so under churn the file stays at a small multiple of what lives. A
 * process that ends in between goes on where it was when it opens the store again.
 */
export class Compaction {
  readonly #db: OpenedDatabase
  readonly #view: DurableView
  readonly #commit: GroupCommit
  readonly #forgotten: () => void
  #running: Promise<void> | undefined
  #compactedTo: Revision
  /** The highest boundary on its way to the disk: of several at once a lower one must not replace it there. */
  #asked: Revision
  #stopped = false

  constructor(db: OpenedDatabase, view: DurableView, commit: GroupCommit, forgotten: () => void) {
    this.#db = db
    this.#view = view
    this.#commit = commit
    this.#forgotten = forgotten
    this.#compactedTo = db.counters.compactedTo
    this.#asked = view.compactRevision
    // what fails here (a full disk) is done by the next compaction
    if (this.#compactedTo < view.compactRevision) this.#start().catch(() => undefined)
  }

  /** Resolves when the boundary is durable and the space is free for use again. */
  async compact(revision: Revision): Promise<void> {
    if (revision > this.#view.revision) throw new FutureRevisionError()
    if (revision <= this.#view.compactRevision) throw new CompactedError(this.#view.compactRevision)
    this.#asked = Math.max(this.#asked, revision)
    try {
      await this.#commit.writeAside(batch =>
        batch.put('meta', 'compactRevision', encodeCounter('compactRevision', this.#asked)),
      )
    } catch (error) {
      this.#asked = this.#view.compactRevision
      throw error
    }
    if (revision > this.#view.compactRevision) this.#view.compactRevision = revision
    this.#forgotten()
    // a reader beside us that was killed (a snapshot under way) would hold back the pages it saw for ever
    this.#db.root.readerCheck()
    // a sweep that was about to end did not see the new boundary: the next one does
    do await this.#start()
    while (!this.#stopped && this.#compactedTo < revision)
  }

  async close(): Promise<void> {
    this.#stopped = true
    await this.#running?.catch(() => undefined)
  }

  #start(): Promise<void> {
    this.#running ??= this.#sweep().finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  async #sweep(): Promise<void> {
    while (!this.#stopped && this.#compactedTo < this.#view.compactRevision) {
      const boundary = this.#view.compactRevision
      await this.#commit.shows(boundary)
      let from: Position = { revision: Math.max(this.#compactedTo, 1), sub: 0 }
      for (let more = true; more && !this.#stopped; ) {
        const gone: Position[] = []
        const tombstones: Position[] = []
        let looked = 0
        more = false
        const range = { start: from, end: { revision: boundary + 1, sub: 0 }, transaction: this.#view.snapshot }
        for (const { key: position, value } of this.#db.log.getRange(range)) {
          if (looked++ === chunk) {
            more = true
            from = position
            break
          }
          const record = decodeLogRecord(position, value, this.#db.directory)
          if (record.previous) gone.push(record.previous)
          if (record.type === 'delete' && position.revision < boundary) tombstones.push(position)
        }
        const done = more ? undefined : boundary
        await this.#commit.writeAside(batch => {
          for (const position of gone) {
            batch.remove('log', position)
            batch.remove('values', position)
          }
          for (const position of tombstones) batch.remove('log', position)
          if (done !== undefined) batch.put('meta', 'compactedTo', encodeCounter('compactedTo', done))
        })
        if (done !== undefined) this.#compactedTo = done
      }
    }
  }
}
