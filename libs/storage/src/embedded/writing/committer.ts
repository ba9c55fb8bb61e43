import type { RootDatabase } from 'lmdb'
import type { OpenedDatabase } from '../database.ts'
import type { Task } from './contract.ts'
import { rawTables } from './raw-tables.ts'
import { applyBatch, type RawTable, type WriteBatch } from './write-batch.ts'
import { WriterEndedError, type WritingThread } from './writing-thread.ts'

/** Who writes: always the loop, always a thread, or the loop until there is much to write (`busy`). */
export type Writer = 'loop' | 'thread' | 'busy'

/** So many commits or bytes within a second are much: a thread costs a tenth of a second to start, and some 5 MB. */
const busyCommits = 200
const busyBytes = 2 ** 21
const aSecond = 1_000

/**
 * Brings batches to the disk, one at a time. The loop can do it (LMDB's own thread waits for the disk then), and does where little is written;
 * a {@link WritingThread} takes two thirds of the cost away from it.
 */
export class Committer implements AsyncDisposable {
  readonly #root: RootDatabase
  readonly #task: Task
  readonly #writer: Writer
  #tables: RawTable[] | undefined
  #thread: WritingThread | undefined
  #starting: Promise<void> | undefined
  #commits = 0
  #bytes = 0
  #since = 0

  constructor({ root, directory }: OpenedDatabase, mode: Task['mode'], writer: Writer) {
    this.#root = root
    this.#task = { directory, mode }
    this.#writer = writer
  }

  /** Resolves when the batch is on the disk; it is empty then, and may be filled again. The next one may begin then. */
  async commit(batch: WriteBatch): Promise<void> {
    if (this.#thread !== undefined) return this.#thread.commit(batch)
    if (this.#writer === 'thread') {
      await this.#start()
      return this.commit(batch)
    }
    if (this.#writer === 'busy' && this.#starting === undefined && this.#isBusy(batch.length))
      this.#start().catch(() => undefined)
    this.#tables ??= rawTables(this.#root)
    const { memory, length } = batch
    await this.#root.batch(() => applyBatch(memory, length, this.#tables ?? []))
    batch.refill(memory)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#starting?.catch(() => undefined)
    await this.#thread?.[Symbol.asyncDispose]()
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
      if (this.#writer === 'thread' || !(error instanceof WriterEndedError)) throw error
    })
    return this.#starting
  }

  async #startThread(): Promise<void> {
    const { WritingThread } = await import('./writing-thread.ts')
    const thread = new WritingThread(this.#task)
    await thread.ready
    this.#thread = thread
  }
}
