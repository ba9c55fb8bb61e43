import type { OpenedDatabase } from '../database.ts'
import { type DiskSpace, demandOf } from '../disk-space.ts'
import { NoSpaceError } from '../errors.ts'
import type { CommitFacts, CommitListener } from '../journal/contract.ts'
import { JournalFile } from '../journal/journal-file.ts'
import { JournaledCommits } from '../journal/journaled-commits.ts'
import type { Task } from './contract.ts'
import { rawTables } from './raw-tables.ts'
import { applyBatch, type RawTable, type WriteBatch } from './write-batch.ts'
import { WriterEndedError } from './writer-ended.ts'
import type { WritingThread } from './writing-thread.ts'

/**
 * Who writes: always the loop, always a thread, always a thread behind a journal, or (`busy`) the loop until there is much to write, and then
 * a thread behind a journal.
 */
export type Writer = 'loop' | 'thread' | 'journal' | 'busy'

/** So many commits or bytes within a second are much: a thread costs a tenth of a second to start, and some 5 MB. */
const busyCommits = 200
const busyBytes = 2 ** 21
const aSecond = 1_000

/**
 * Brings batches to the disk, one at a time. The loop can do it (LMDB's own thread waits for the disk then), and does where little is written;
 * a {@link WritingThread} takes two thirds of the cost away from it, and a journal the wait for LMDB ({@link JournaledCommits}).
 */
export class Committer implements AsyncDisposable {
  readonly #db: OpenedDatabase
  readonly #task: Task
  readonly #writer: Writer
  readonly #space: DiskSpace
  #listener: CommitListener = { shown: () => undefined, lost: () => undefined }
  #tables: RawTable[] | undefined
  #thread: WritingThread | undefined
  #journal: JournaledCommits | undefined
  #starting: Promise<void> | undefined
  #commits = 0
  #bytes = 0
  #since = 0

  constructor(db: OpenedDatabase, mode: Task['mode'], writer: Writer, space: DiskSpace) {
    this.#db = db
    this.#task = { directory: db.directory, mode }
    this.#writer = writer
    this.#space = space
  }

  /** Who is told when LMDB shows a commit: before or after {@link commit} resolves. */
  tell(listener: CommitListener): void {
    this.#listener = listener
  }

  /** Resolves when the batch is on the disk; it is empty then, and may be filled again. The next one may begin then. */
  async commit(batch: WriteBatch, facts: CommitFacts): Promise<void> {
    if (this.#journal !== undefined) return this.#journal.commit(batch, facts)
    if (this.#thread === undefined && (this.#writer === 'thread' || this.#writer === 'journal')) {
      await this.#start()
      return this.commit(batch, facts)
    }
    if (this.#thread !== undefined) await this.#thread.commit(batch)
    else await this.#commitInLoop(batch)
    this.#listener.shown(facts.number)
  }

  /** Resolves when LMDB shows whatever has been committed by now. @throws WriterEndedError */
  async caughtUp(): Promise<void> {
    await this.#journal?.caughtUp()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#starting?.catch(() => undefined)
    await this.#journal?.[Symbol.asyncDispose]()
    await this.#thread?.[Symbol.asyncDispose]()
  }

  async #commitInLoop(batch: WriteBatch): Promise<void> {
    if (this.#writer === 'busy' && this.#starting === undefined && this.#isBusy(batch.length))
      this.#start().catch(() => undefined)
    this.#tables ??= rawTables(this.#db.root)
    const tables = this.#tables
    const { memory, length } = batch
    await this.#db.root.batch(() => applyBatch(memory, length, tables))
    batch.refill(memory)
  }

  #isBusy(bytes: number): boolean {
    const now = performance.now()
    if (now - this.#since > aSecond) {
      this.#since = now
      this.#commits = 0
      this.#bytes = 0
    }
    this.#commits++
    this.#bytes += bytes
    return this.#commits >= busyCommits || this.#bytes >= busyBytes
  }

  /** Where there is no thread to be had, the loop goes on writing. */
  #start(): Promise<void> {
    this.#starting ??= this.#startThread().catch(error => {
      if (this.#writer !== 'busy' || !(error instanceof WriterEndedError)) throw error
    })
    return this.#starting
  }

  async #startThread(): Promise<void> {
    const { WritingThread } = await import('./writing-thread.ts')
    const thread = new WritingThread(this.#task)
    await thread.ready
    const journal = this.#writer === 'thread' ? undefined : await this.#openJournal(thread)
    this.#thread = thread
    this.#journal = journal
  }

  /** Where there is none to be had, commits go into LMDB at once. */
  async #openJournal(thread: WritingThread): Promise<JournaledCommits | undefined> {
    const { directory, counters } = this.#db
    const identity = { directory, id: counters.journalId, applied: counters.journal }
    const file = await JournalFile.open(identity, this.#task.mode === 'write').catch(() => undefined)
    if (file === undefined) return undefined
    const tables = {
      room: (batch: WriteBatch) => this.#roomForAcknowledged(batch),
      commit: (batch: WriteBatch) => thread.commit(batch),
    }
    return new JournaledCommits(file, tables, this.#listener)
  }

  /** For what the journal has, and LMDB does not: it may take what puts leave to deletions. */
  async #roomForAcknowledged(batch: WriteBatch): Promise<void> {
    if (this.#space.ample() || (await this.#space.reserve(demandOf(batch)))) return
    throw new NoSpaceError(this.#space.directory)
  }
}
