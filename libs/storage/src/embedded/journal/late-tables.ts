import { encodeCounter } from '../codec.ts'
import type { WriteBatch } from '../writing/write-batch.ts'
import { WriterEndedError } from '../writing/writer-ended.ts'
import type { CommitListener, Tables } from './contract.ts'
import type { JournalFile } from './journal-file.ts'
import { type Beginning, type End, Waiting } from './waiting.ts'

/** So many bytes are brought into LMDB together: a quarter of what one commit each would write, and a few milliseconds of the thread. */
const together = 256 * 1024

/** Fewer wait for so long, ms. */
const patience = 1_000

/** LMDB, which gets what the journal has later: much at once, little when it has waited long enough, and never what its disk has no room for. */
export class LateTables {
  readonly #file: JournalFile
  readonly #tables: Tables
  readonly #listener: CommitListener
  readonly #waiting: Waiting
  /** The last record that LMDB says to have. */
  #told: number
  /** LMDB says that there is a journal. */
  #announced = false
  /** The last commit that LMDB has. */
  #shown = 0
  /** LMDB's commit, or the look whether there is room for it. Never rejects. */
  #underWay: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  /** LMDB refused: what it does not have stays in the journal for the next start. */
  #lost: WriterEndedError | undefined
  /** LMDB was not asked, for there is no room: it will be, later. */
  #short: Error | undefined

  constructor(file: JournalFile, tables: Tables, listener: CommitListener) {
    this.#file = file
    this.#tables = tables
    this.#listener = listener
    this.#told = file.newest
    this.#waiting = new Waiting({ commit: 0, record: file.newest })
  }

  /** Whether the journal may have records: nobody takes it away unnoticed. The first {@link commit} sees to it. */
  get announced(): boolean {
    return this.#announced
  }

  /** No more goes in. */
  get lost(): WriterEndedError | undefined {
    return this.#lost
  }

  /** What the journal has: it is copied, and comes into LMDB in time. */
  add(batch: WriteBatch, end: End): void {
    this.#waiting.add(batch, end)
    this.#applyInTime()
  }

  /** At once, with all that waits. Resolves when it is on the disk. */
  async commit(batch: WriteBatch, commit: number): Promise<void> {
    while (this.#underWay !== undefined) await this.#underWay
    if (this.#lost !== undefined) throw this.#lost
    const { length, end } = this.#waiting
    const newEnd = { commit, record: end.record }
    if (length === 0) {
      const done = this.#bringIn(batch, newEnd)
      this.#keepBusy(done.catch(() => undefined))
      return done
    }
    this.#waiting.add(batch, newEnd)
    this.#apply({ length, ...end })
    await this.#underWay
    const error = this.#lost ?? this.#short
    if (error !== undefined) throw error
  }

  /** Resolves when LMDB shows whatever has been committed by now. @throws WriterEndedError, or what {@link Tables.room} does */
  async caughtUp(): Promise<void> {
    const last = this.#waiting.end.commit
    while (this.#shown < last && (this.#underWay !== undefined || this.#waiting.length > 0)) {
      if (this.#lost !== undefined) break
      this.#apply()
      await this.#underWay
      if (this.#short !== undefined) throw this.#short
    }
    if (this.#lost !== undefined) throw this.#lost
  }

  /** No more comes. Resolves with whether LMDB has all of it, and expects no journal any more; where not, the next start needs that. */
  async end(): Promise<boolean> {
    await this.caughtUp().catch(() => undefined)
    while (this.#underWay !== undefined) await this.#underWay
    clearTimeout(this.#timer)
    if (this.#lost !== undefined || this.#shown !== this.#waiting.end.commit) return false
    return !this.#announced || (await this.#renounced())
  }

  async #renounced(): Promise<boolean> {
    const batch = this.#waiting.take()
    batch.put('meta', 'journalOpen', encodeCounter('journalOpen', 0))
    try {
      await this.#tables.room(batch)
      await this.#tables.commit(batch)
      return true
    } catch {
      return false
    }
  }

  #isMuch(): boolean {
    return this.#waiting.length >= together || this.#file.halfFull
  }

  /** Also what came while LMDB was busy. */
  #applyInTime(): void {
    if (this.#isMuch()) this.#apply()
    else if (this.#waiting.length > 0) this.#timer ??= this.#later()
  }

  #later(): NodeJS.Timeout {
    const timer = setTimeout(() => {
      this.#timer = undefined
      this.#apply()
    }, patience)
    // whoever forgets to close the store is not kept alive by it: the next start finds it in the journal
    return timer.unref()
  }

  /** `acknowledged`: what stays of it where there is no room, if not all. */
  #apply(acknowledged?: Beginning): void {
    if (this.#underWay !== undefined || this.#waiting.length === 0 || this.#lost !== undefined) return
    const { end } = this.#waiting
    this.#keepBusy(this.#bringInWhereRoom(this.#waiting.take(), end, acknowledged))
  }

  async #bringInWhereRoom(batch: WriteBatch, end: End, acknowledged?: Beginning): Promise<void> {
    try {
      await this.#tables.room(batch)
      this.#short = undefined
    } catch (error) {
      this.#short = error as Error
      this.#waiting.putBack(batch, acknowledged)
      return
    }
    try {
      await this.#bringIn(batch, end)
    } catch (error) {
      this.#lost = WriterEndedError.of(error)
      this.#listener.lost(this.#lost)
    }
  }

  #keepBusy(work: Promise<void>): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#underWay = work.then(() => {
      this.#underWay = undefined
      if (this.#short === undefined) this.#applyInTime()
      else this.#timer ??= this.#later()
    })
  }

  /** All up to this end. Nothing else may be under way. */
  async #bringIn(batch: WriteBatch, end: End): Promise<void> {
    const { commit, record } = end
    if (record !== this.#told) batch.put('meta', 'journal', encodeCounter('journal', record))
    if (!this.#announced) batch.put('meta', 'journalOpen', encodeCounter('journalOpen', 1))
    await this.#tables.commit(batch)
    this.#announced = true
    this.#told = record
    this.#file.free(record)
    this.#shown = commit
    if (this.#waiting.end.commit < commit) this.#waiting.passed(end)
    this.#listener.shown(commit)
  }
}
