import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import { dataFile } from './data-file.ts'
import type { OpenedDatabase } from './database.ts'
import { freeBytesOf } from './free-bytes.ts'
import { changesIn, type WriteBatch } from './writing/write-batch.ts'

const page = 4096

/** With so many bytes free nothing is reserved: nobody fills them during one commit. */
export const plenty: number = 2 ** 30

/** Where twice as much is free it is not asked again for so long, ms: no disk takes a gigabyte in that time. */
const trust = 20

/** Pages that one change can take besides its value: a path and its splits in three trees. */
const pagesPerChange = 8

/** Pages that any commit can take: roots, the list of free pages. */
const pagesPerCommit = 64

/** What a step of the compaction copies at most: it must be able to go on when nothing else is. */
const mostForAsides = 8 * 2 ** 20

/** What a commit is about to write. */
export interface Demand {
  /** Changes of keys. */
  readonly changes: number
  /** Bytes of their values. */
  readonly bytes: number
  /** False: deletions only. */
  readonly puts: boolean
  /** Writes without a revision: leases, compaction. */
  readonly asides: number
}

/** What a batch that was acknowledged is about to write: it may take what puts leave to deletions. */
export function demandOf({ memory, length }: WriteBatch): Demand {
  return { changes: changesIn(memory, length), bytes: length, puts: false, asides: 0 }
}

/** How many bytes LMDB may take for it. */
export function bytesFor({ changes, bytes }: Demand): number {
  return (pagesPerCommit + changes * pagesPerChange) * page + bytes
}

interface TreeStats {
  readonly treeBranchPageCount: number
  readonly treeLeafPageCount: number
  readonly overflowPages: number
}

interface EnvironmentStats extends TreeStats {
  readonly lastPageNumber: number
  readonly free: TreeStats
  readonly root: TreeStats
}

/**
 * Keeps LMDB from ever writing to a full disk: lmdb 3.5.6 describes such a failure in a buffer that is too small for it, which ends
 * the process. Where less than a gigabyte is left, the blocks that a commit may need are written (as zeros, behind the
 * file's last page) before it begins; what gets none is refused before LMDB hears of it. Puts leave room for
 * deletions and the compaction, which free pages within the file.
 *
 * Only between commits may it be asked: what it writes to is LMDB's as soon as one runs.
 */
export class DiskSpace implements AsyncDisposable {
  readonly directory: string
  readonly #db: OpenedDatabase
  #file: FileHandle | undefined
  /** Where our blocks end, in bytes. */
  #end = 0
  #full = false
  /** As {@link performance.now} gives it. */
  #ampleUntil = 0

  constructor(directory: string, db: OpenedDatabase) {
    this.directory = directory
    this.#db = db
  }

  /** Puts are refused until there is room again. */
  get full(): boolean {
    return this.#full
  }

  /** Whether there is room without more ado: almost always. */
  ample(): boolean {
    const now = performance.now()
    if (now < this.#ampleUntil) return true
    const free = freeBytesOf(this.directory)
    if (free < plenty) return false
    if (free >= 2 * plenty) this.#ampleUntil = now + trust
    this.#full = false
    return true
  }

  /** Whether the commit may begin. */
  async reserve(demand: Demand): Promise<boolean> {
    const used = (statsOf(this.#db.root).lastPageNumber + 1) * page
    const forAsides = Math.min(mostForAsides, used)
    const own = bytesFor(demand)
    const needed = demand.asides > 0 ? own + forAsides : own
    const chunk = Math.min(Math.max(used / 8, 2 ** 18), 2 ** 23)
    // once full, it takes room for more than this commit to call it otherwise
    const withPuts = own + forAsides + (this.#full ? chunk : 0)
    // blocks beyond the last page that were there before us may be holes: they are written anew
    if (this.#end < used) this.#end = used
    if (used + withPuts > this.#end) await this.#extend(used + own + forAsides + chunk)
    const room = this.#end - used
    // free pages in the file count by half: the newest are not free yet, and large values need neighbours
    this.#full = room < withPuts && (room < own || room + this.#freeBytes() / 2 < withPuts)
    if (demand.puts || !this.#full) return !this.#full
    return room >= needed || (room >= own && room + this.#freeBytes() / 2 >= needed)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file?.close()
  }

  async #extend(end: number): Promise<void> {
    try {
      this.#file ??= await open(join(this.directory, dataFile), 'r+')
      const zeros = Buffer.alloc(Math.min(end - this.#end, 2 ** 20))
      while (this.#end < end) {
        const length = Math.min(zeros.length, end - this.#end)
        const { bytesWritten } = await this.#file.write(zeros, 0, length, this.#end)
        if (bytesWritten === 0) return
        this.#end += bytesWritten
      }
    } catch {
      // what was written so far is ours; whether it is enough is seen by its end
    }
  }

  #freeBytes(): number {
    const { root, keys, log, values, leases, attached, meta } = this.#db
    const { lastPageNumber, free, root: main } = statsOf(root)
    let taken = 2 + pagesOf(free) + pagesOf(main)
    for (const table of [keys, log, values, leases, attached, meta]) taken += pagesOf(statsOf(table))
    return Math.max(0, lastPageNumber + 1 - taken) * page
  }
}

function statsOf(of: { getStats(): unknown }): EnvironmentStats {
  return of.getStats() as EnvironmentStats
}

function pagesOf({ treeBranchPageCount, treeLeafPageCount, overflowPages }: TreeStats): number {
  return treeBranchPageCount + treeLeafPageCount + overflowPages
}
