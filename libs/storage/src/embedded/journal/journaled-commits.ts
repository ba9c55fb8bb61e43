import type { WriteBatch } from '../writing/write-batch.ts'
import { messageOf, WriterEndedError } from '../writing/writer-ended.ts'
import type { CommitFacts, CommitListener, Tables } from './contract.ts'
import type { JournalFile } from './journal-file.ts'
import { LateTables } from './late-tables.ts'
import { JournalRule } from './rule.ts'

/**
 * Commits that are on the disk when the journal has them. LMDB gets them later, many at a time: its trees, its dozen writes to places all over the file and its flush
 * are no longer what a writer waits for. Until then readers of LMDB do not see them: see {@link caughtUp}. What many writers wait for together goes into LMDB
 * at once, and takes along what that does not have yet.
 */
export class JournaledCommits implements AsyncDisposable {
  readonly #file: JournalFile
  readonly #tables: LateTables
  readonly #rule = new JournalRule()
  /** The disk refused a record: no more are written, but LMDB gets those that stand there. */
  #refused: WriterEndedError | undefined

  constructor(file: JournalFile, tables: Tables, listener: CommitListener) {
    this.#file = file
    this.#tables = new LateTables(file, tables, listener)
  }

  /** Resolves when it is on the disk; it is empty then. The next one may begin then. */
  async commit(batch: WriteBatch, { number, changes, atOnce }: CommitFacts): Promise<void> {
    const refused = this.#refused ?? this.#tables.lost
    if (refused !== undefined) throw refused
    // whoever asks for nothing waits for what came before
    if (batch.length === 0) return
    const takes = this.#rule.takes(changes, batch.length)
    // the first one tells LMDB of the journal
    if (!takes || atOnce || !this.#tables.announced) return this.#tables.commit(batch, number)
    const record = await this.#write(batch)
    // all in one turn: who brings it into LMDB shall have the record with its number
    this.#tables.add(batch, { commit: number, record })
  }

  /** Resolves when LMDB shows whatever has been committed by now. @throws WriterEndedError, or what {@link Tables.room} does */
  async caughtUp(): Promise<void> {
    await this.#tables.caughtUp()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#file.close(await this.#tables.end())
  }

  /** Into the journal. Returns its record's number. */
  async #write(batch: WriteBatch): Promise<number> {
    let appended = this.#file.append(batch.bytes())
    while (appended === undefined) {
      // as fast as LMDB takes it, then
      await this.#tables.caughtUp()
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
}
