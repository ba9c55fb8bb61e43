import { encodeCounter } from '../codec.ts'
import { WriteBatch } from '../writing/write-batch.ts'
import { messageOf, WriterEndedError } from '../writing/writer-ended.ts'
import type { JournalFile } from './journal-file.ts'

/**
 * Where a commit has more changes than that, as a rule, so many writers wait for it that a journal gains them nothing: it would make commits shorter, and so more of them,
 * each of which every watcher is told of. So do long ones.
 */
const few = 4
const longest = 32 * 1024

/** How many commits the rule is made of. */
const remembered = 8

/** So many bytes are brought into LMDB together: a quarter of what one commit each would write, and a few milliseconds of the thread. */
const together = 256 * 1024

/** Fewer wait for so long, ms. */
const patience = 1_000

/** Brings a batch into LMDB, and that to the disk. */
export interface Tables {
  commit(batch: WriteBatch): Promise<void>
}

/** What is known of a commit besides its batch. */
export interface CommitFacts {
  /** Higher than that of the commit before. */
  readonly number: number
  /** How many changes of keys it has. */
  readonly changes: number
  /** LMDB shall have it when it is on the disk. */
  readonly atOnce: boolean
}

/** Told of each commit that LMDB has, by its number (and all before it); or that no more will come. */
export interface Following {
  /** Resolves when the disk has room for a batch of so many bytes. @throws when it has none */
  room(bytes: number): Promise<void>
  shown(commit: number): void
  lost(error: WriterEndedError): void
}

/** The beginning of a batch, and the last commit in it. */
interface Acknowledged {
  readonly length: number
  readonly commit: number
}

/**
 * Commits that are on the disk when the journal has them. LMDB gets them later, many at a time: its trees, its dozen writes to places all over the file and its flush
 * are no longer what a writer waits for. Until then readers of LMDB do not see them: see {@link caughtUp}. What many writers wait for together goes into LMDB
 * at once, and takes along what that does not have yet.
 */
export class JournaledCommits implements AsyncDisposable {
  readonly #file: JournalFile
  readonly #tables: Tables
  readonly #following: Following
  /** What LMDB shall get next. */
  #next = new WriteBatch()
  #spare = new WriteBatch()
  /** The last record, and the last commit that is on the disk. */
  #record: number
  #commit = 0
  /** The number that LMDB has of it. */
  #told: number
  /** The last commit that LMDB has. */
  #shown = 0
  /** LMDB's commit, or the look whether there is room for it. Never rejects. */
  #underWay: Promise<void> | undefined
  /** How many changes a commit has, as a rule. */
  #usual = 0
  #timer: NodeJS.Timeout | undefined
  /** The disk refused a record: no more are written, but LMDB gets those that stand there. */
  #refused: WriterEndedError | undefined
  /** So did LMDB: they stay in the journal for the next start. */
  #lost: WriterEndedError | undefined
  /** LMDB says that there is a journal. */
  #announced = false
  /** LMDB was not asked, for there is no room: it will be, later. */
  #short: Error | undefined

  constructor(file: JournalFile, tables: Tables, following: Following) {
    this.#file = file
    this.#record = file.newest
    this.#told = file.newest
    this.#tables = tables
    this.#following = following
  }

  /** Resolves when it is on the disk; it is empty then. The next one may begin then. */
  async commit(batch: WriteBatch, { number, changes, atOnce }: CommitFacts): Promise<void> {
    if (this.#refused !== undefined) throw this.#refused
    // whoever asks for nothing waits for what came before
    if (batch.length === 0) return
    this.#usual += (changes - this.#usual) / remembered
    // the first one tells LMDB of the journal, which nobody takes away unnoticed then
    if (!this.#announced || atOnce || this.#usual > few || batch.length > longest)
      return this.#commitInTables(batch, number)
    const record = await this.#write(batch)
    // all in one turn: who brings it into LMDB shall have the record with its number
    this.#record = record
    this.#commit = number
    this.#add(batch)
    this.#applyInTime()
  }

  /** Resolves when LMDB shows whatever has been committed by now. @throws WriterEndedError, or what {@link Following.room} does */
  async caughtUp(): Promise<void> {
    const last = this.#commit
    while (this.#shown < last && (this.#underWay !== undefined || this.#next.length > 0)) {
      if (this.#lost !== undefined) break
      this.#apply()
      await this.#underWay
      if (this.#short !== undefined) throw this.#short
    }
    if (this.#lost !== undefined) throw this.#lost
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.caughtUp().catch(() => undefined)
    while (this.#underWay !== undefined) await this.#underWay
    clearTimeout(this.#timer)
    this.#file.close(this.#shown === this.#commit && (await this.#renounced()))
  }

  /** LMDB has all of the journal, and expects none any more. Where that does not get there, the next start finds a journal with nothing new in it. */
  async #renounced(): Promise<boolean> {
    if (!this.#announced) return true
    if (this.#lost !== undefined) return false
    const batch = this.#next
    batch.put('meta', 'journalOpen', encodeCounter('journalOpen', 0))
    try {
      await this.#following.room(batch.length)
      await this.#tables.commit(batch)
      return true
    } catch {
      return false
    }
  }

  /** Into the journal. Returns its record's number. */
  async #write(batch: WriteBatch): Promise<number> {
    let appended = this.#file.append(batch.bytes())
    while (appended === undefined) {
      // as fast as LMDB takes it, then
      await this.caughtUp()
      appended = this.#file.append(batch.bytes())
    }
    try {
      return await appended
    } catch (error) {
      this.#refused = new WriterEndedError(
        `${messageOf(error)}: nothing more is written until the process is started again`,
      )
      throw this.#refused
    }
  }

  async #commitInTables(batch: WriteBatch, commit: number): Promise<void> {
    while (this.#underWay !== undefined) await this.#underWay
    if (this.#lost !== undefined) throw this.#lost
    if (this.#next.length === 0) {
      const done = this.#bringIn(batch, commit, this.#record)
      this.#keepBusy(done.catch(() => undefined))
      return done
    }
    const acknowledged = { length: this.#next.length, commit: this.#commit }
    this.#commit = commit
    this.#add(batch)
    this.#apply(acknowledged)
    await this.#underWay
    const error = this.#lost ?? this.#short
    if (error !== undefined) throw error
  }

  #add(batch: WriteBatch): void {
    this.#next.append(batch.bytes())
    batch.refill(batch.memory)
  }

  #isMuch(): boolean {
    return this.#next.length >= together || this.#file.halfFull
  }

  /** Much at once, little when it has waited long enough: also what came while LMDB was busy. */
  #applyInTime(): void {
    if (this.#isMuch()) this.#apply()
    else if (this.#next.length > 0) this.#timer ??= this.#later()
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
  #apply(acknowledged?: Acknowledged): void {
    if (this.#underWay !== undefined || this.#next.length === 0 || this.#lost !== undefined) return
    const batch = this.#next
    this.#next = this.#spare
    this.#spare = batch
    this.#keepBusy(this.#bringInWhereRoom(batch, this.#commit, this.#record, acknowledged))
  }

  async #bringInWhereRoom(batch: WriteBatch, commit: number, record: number, some?: Acknowledged): Promise<void> {
    try {
      await this.#following.room(batch.length)
      this.#short = undefined
    } catch (error) {
      this.#short = error as Error
      this.#putBack(batch, some)
      return
    }
    try {
      await this.#bringIn(batch, commit, record)
    } catch (error) {
      this.#lost = WriterEndedError.of(error)
      this.#refused ??= this.#lost
      this.#following.lost(this.#lost)
    }
  }

  /** Before what has come meanwhile. */
  #putBack(batch: WriteBatch, some: Acknowledged | undefined): void {
    if (some !== undefined) {
      batch.cut(some.length)
      this.#commit = some.commit
    }
    batch.append(this.#next.bytes())
    this.#next.refill(this.#next.memory)
    this.#spare = this.#next
    this.#next = batch
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

  /** All up to this commit and this record, which this batch ends with. Nothing else may be under way. */
  async #bringIn(batch: WriteBatch, commit: number, record: number): Promise<void> {
    if (record !== this.#told) batch.put('meta', 'journal', encodeCounter('journal', record))
    if (!this.#announced) batch.put('meta', 'journalOpen', encodeCounter('journalOpen', 1))
    await this.#tables.commit(batch)
    this.#announced = true
    this.#told = record
    this.#file.free(record)
    this.#shown = commit
    if (this.#commit < commit) this.#commit = commit
    this.#following.shown(commit)
  }
}
