import { closeSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { dataFile } from '../data-file.ts'
import { freeBytesOf } from '../free-bytes.ts'

const page = 4096
/** Blocks are written an eighth of the file at a time, within these bounds (bytes), and again when a quarter of that is left. */
const shortest = 2 ** 16
const longest = 2 ** 20
/** Where less is free, nothing is taken that no commit has asked for: {@link DiskSpace} sees to it there. */
const plenty = 2 * 2 ** 30

/**
 * Blocks behind LMDB's last page, written as zeros before they are needed: a commit that makes the file longer waits for the file system's journal too, one that
 * writes over blocks that are there waits for the data alone. That is a sixth of a commit.
 *
 * Only between commits: what it writes to is LMDB's as soon as one runs.
 */
export class RoomAhead implements Disposable {
  readonly #lastPage: () => number
  readonly #freeBytes: () => number
  readonly #file: number
  readonly #zeros = Buffer.alloc(longest)
  /** Where our blocks end, in bytes. */
  #end = 0

  constructor(directory: string, lastPage: () => number, freeBytes = () => freeBytesOf(directory)) {
    this.#lastPage = lastPage
    this.#freeBytes = freeBytes
    this.#file = openSync(join(directory, dataFile), 'r+')
  }

  keep(): void {
    const used = (this.#lastPage() + 1) * page
    // blocks that were there before us may be holes
    if (this.#end < used) this.#end = used
    const step = Math.min(Math.max(used / 8, shortest), longest)
    if (this.#end - used >= step / 4) return
    try {
      if (this.#freeBytes() < plenty) return
      this.#end += writeSync(this.#file, this.#zeros, 0, Math.ceil(step), this.#end)
    } catch {
      // it is a gain, not a need: the next commit says what is wrong with the disk
    }
  }

  [Symbol.dispose](): void {
    closeSync(this.#file)
  }
}
