import { closeSync, fdatasyncSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { dataFile } from '../data-file.ts'
import { type Meta, readMetaPages, readNextMeta, sealOffset } from '../integrity/meta-pages.ts'
import { writeSeal } from '../integrity/seal.ts'
import { bootOfMachine, removeUnclean, writeUnclean } from './unclean.ts'
import { WrittenPages } from './written-pages.ts'

/** The flags that lmdb begins a transaction with which can be given up, and LMDB's MDB_NOSYNC. */
export const flushed: number = 3
export const notFlushed: number = flushed | 0x10000

/** The disk did not take a commit that LMDB made: nothing may be built on it. */
export class FlushFailedError extends Error {
  override readonly name = 'FlushFailedError'
  constructor(cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause)
    super(`${why}: nothing more is written until the process is started again`, { cause })
  }
}

/**
 * Commits that take one flush instead of LMDB's two (its pages, then its beginning). LMDB commits without any; then {@link end} seals what was
 * written and brings all of it to the disk. After a power cut the newest beginning may stand on pages that did not get there: the seal tells, and the commit
 * before, none of whose pages were written over, is whole: see recovery/.
 */
export class SealedCommits implements Disposable {
  readonly #directory: string
  readonly #file: number
  readonly #flush: (file: number) => void
  /** Since which transaction commits are sealed. */
  #since: number | undefined
  /** The last one that was flushed. */
  #last: Meta | undefined
  #written: WrittenPages | undefined
  #failed = false

  constructor(directory: string, flush: (file: number) => void = fdatasyncSync) {
    this.#directory = directory
    this.#flush = flush
    this.#file = openSync(join(directory, dataFile), 'r+')
  }

  /** Of the file, as the last sealed commit left it; unknown before the first one. */
  get lastPage(): number | undefined {
    return this.#last?.lastPage
  }

  /** Before a commit: whether it may go without LMDB's flushes. If not, it must not be sealed. */
  begin(): boolean {
    if (this.#failed) throw new FlushFailedError('a commit before did not reach the disk')
    if (this.#since !== undefined) return true
    const boot = bootOfMachine()
    // nobody could tell a process that was killed from a power cut
    if (boot === undefined) return false
    // with nothing of the mark in place, commits go on as they went
    let begun = true
    try {
      this.#flush(this.#file)
      begun = false
      const [last] = readMetaPages(this.#file)
      const since = last.transaction
      writeUnclean(this.#directory, { since, boot }, () => {
        begun = true
      })
      this.#since = since
      this.#last = last
      return true
    } catch (error) {
      // there may be no room for the mark, and the commit needs none
      if (!begun) return false
      this.#failed = true
      throw new FlushFailedError(error)
    }
  }

  /** After a commit that went without: when this returns it is on the disk. */
  end(): void {
    try {
      const last = this.#last as Meta
      const newest = readNextMeta(this.#file, last)
      // it changed nothing
      if (newest.transaction < last.transaction && this.#stands(last)) return
      if (newest.transaction !== last.transaction + 1) throw new Error('somebody else writes to the store')
      this.#written ??= new WrittenPages(this.#file, newest.pageSize)
      writeSeal(this.#file, newest, this.#written.sum(newest, last))
      this.#flush(this.#file)
      this.#last = newest
    } catch (error) {
      this.#failed = true
      this.#tell()
      throw new FlushFailedError(error)
    }
  }

  #stands(last: Meta): boolean {
    const [newest] = readMetaPages(this.#file)
    return newest.bytes.subarray(0, sealOffset).equals(last.bytes.subarray(0, sealOffset))
  }

  /** No more commits come: the store is left as one that was closed. */
  [Symbol.dispose](): void {
    closeSync(this.#file)
    if (this.#since === undefined || this.#failed) return
    try {
      removeUnclean(this.#directory)
    } catch {
      // the seal of the last commit is there, and says that it is whole
    }
  }

  /** Where this does not get to the disk either, the seal decides. */
  #tell(): void {
    const boot = bootOfMachine()
    if (this.#last === undefined || this.#since === undefined || boot === undefined) return
    try {
      writeUnclean(this.#directory, { since: this.#since, boot, failed: this.#last.transaction + 1 })
    } catch {
      // the disk has said what it has to say
    }
  }
}
