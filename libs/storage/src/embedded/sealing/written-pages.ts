import { readSync, writeSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import { PageDamage } from '../integrity/damage.ts'
import { assertHeader, branchPage, leafPage, type Tree } from '../integrity/layout.ts'
import type { Meta } from '../integrity/meta-pages.ts'
import { type Seal, sumOfBeginning } from '../integrity/seal.ts'
import { differences } from './differences.ts'
import { children, type Memory, memoryOf, noteTables, overflows, type Tables } from './entries.ts'

/** Pages whose checksum is taken at once, at most. */
const pagesAtOnce = 64

/**
 * Finds and sums what a commit wrote: its beginning, and every page of its trees that the commit before it does not have. LMDB never writes over a page that
 * one of both has, so each new page stands under other new ones up to the root, and what was there before is found by going down both trees at once, by height: below
 * a page that both have all is the same.
 */
export class WrittenPages {
  readonly #file: number
  readonly #pageSize: number
  /** New pages, one behind the other; and a page of the commit before. */
  readonly #memory: Memory
  readonly #old: Memory
  /** What stands below the branches of the last commit that was summed: the next one replaces most of them. */
  #known: ReadonlyMap<number, readonly number[]> = new Map()
  #branches = new Map<number, readonly number[]>()
  /** All tables of that commit, where its tree of tables is one page, as it always is. */
  #tables: Tables | undefined
  #transaction = 0
  #again = false
  #count = 0
  #used = 0
  #checksum = 0

  constructor(file: number, pageSize: number) {
    this.#file = file
    this.#pageSize = pageSize
    this.#memory = memoryOf(pagesAtOnce * pageSize)
    this.#old = memoryOf(pageSize)
  }

  /**
   * `again`: every byte is also written to the file as it was read, so that the next flush brings it to the disk even where the kernel thinks that it did.
   *
   * @throws PageDamage where they cannot be followed.
   */
  sum(newest: Meta, older: Meta, again = false): Seal {
    const { transaction, page, bytes } = newest
    const follows = this.#transaction === older.transaction
    this.#known = follows ? this.#branches : new Map()
    this.#branches = new Map()
    this.#transaction = transaction
    this.#again = again
    this.#count = 0
    this.#used = 0
    this.#checksum = sumOfBeginning(newest)
    if (again) writeSync(this.#file, bytes, 0, bytes.length, page * this.#pageSize)
    this.#compare(newest.free, older.free)
    const now: Tables = new Map()
    const known = follows ? this.#tables : undefined
    const before: Tables = known ?? new Map()
    this.#compare(newest.tables, older.tables, now, known === undefined ? before : undefined)
    for (const [name, tree] of now) this.#compare(tree, before.get(name))
    if (now.size > 0 || !follows) this.#tables = newest.tables.depth === 1 && now.size > 0 ? now : undefined
    this.#sum()
    return { transaction, pages: this.#count, checksum: this.#checksum }
  }

  /** `tables`, `tablesBefore`: this is the tree of the tables, whose records are to be noted. */
  #compare(tree: Tree, before: Tree | undefined, tables?: Tables, tablesBefore?: Tables): void {
    let pages: readonly number[] = tree.root === undefined ? [] : [tree.root]
    let old: readonly number[] = before?.root === undefined ? [] : [before.root]
    if (pages[0] === old[0]) return
    const oldHeight = before?.depth ?? 0
    for (let height = Math.max(tree.depth, oldHeight); height > 0; height--) {
      const kind = height === 1 ? leafPage : branchPage
      if (height > tree.depth) old = this.#under(old, kind)
      else if (height > oldHeight) pages = this.#written(pages, kind, tree.overflowPages > 0, tables)
      else {
        const { added, gone } = differences(pages, old)
        pages = this.#written(added, kind, tree.overflowPages > 0, tables)
        old = height > 1 || tablesBefore !== undefined ? this.#under(gone, kind, tablesBefore) : []
      }
    }
  }

  /** Sums new pages; `large`: some value has pages of its own. Returns those below. */
  #written(pages: readonly number[], kind: number, large: boolean, tables: Tables | undefined): readonly number[] {
    const lists: (readonly number[])[] = []
    for (let from = 0; from < pages.length; from += pagesAtOnce) {
      const some = pages.slice(from, from + pagesAtOnce)
      const starts = this.#take(some, kind)
      const runs: number[] = []
      for (const page of some) {
        const start = starts.get(page) as number
        if (kind === branchPage) {
          const list = children(this.#memory, start)
          this.#branches.set(page, list)
          lists.push(list)
        } else {
          if (tables !== undefined) noteTables(this.#memory, start, tables)
          if (large) overflows(this.#memory, start, this.#transaction, runs)
        }
      }
      this.#takeOverflows(runs)
    }
    return joined(lists)
  }

  /** What stands below pages of the commit before. */
  #under(pages: readonly number[], kind: number, tables?: Tables): readonly number[] {
    const lists: (readonly number[])[] = []
    for (const page of pages) {
      const known = this.#known.get(page)
      if (known !== undefined) {
        lists.push(known)
        continue
      }
      this.#read(page, this.#old, 0, 1)
      assertHeader(this.#old.words, 0, page, kind, this.#transaction)
      if (kind === branchPage) lists.push(children(this.#old, 0))
      else if (tables !== undefined) noteTables(this.#old, 0, tables)
    }
    return joined(lists)
  }

  /** Reads new pages in the order of the file, those that follow each other at once. Returns where each begins in the memory. */
  #take(pages: readonly number[], kind: number): Map<number, number> {
    if (this.#used + pages.length * this.#pageSize > this.#memory.bytes.length) this.#sum()
    const starts = new Map<number, number>()
    const sorted = [...pages].sort((a, b) => a - b)
    for (let from = 0, to = 1; from < sorted.length; from = to++) {
      const first = sorted[from] as number
      while (sorted[to] === first + to - from) to++
      this.#read(first, this.#memory, this.#used, to - from)
      for (let page = first; page < first + to - from; page++, this.#used += this.#pageSize) {
        assertHeader(this.#memory.words, this.#used, page, kind, this.#transaction)
        starts.set(page, this.#used)
      }
    }
    this.#count += pages.length
    return starts
  }

  /** Pages of values: the first one's number, and how many there are. */
  #takeOverflows(runs: readonly number[]): void {
    for (let i = 0; i < runs.length; i += 2) {
      const end = (runs[i] as number) + (runs[i + 1] as number)
      for (let page = runs[i] as number; page < end; ) {
        if (this.#used === this.#memory.bytes.length) this.#sum()
        const pages = Math.min(end - page, (this.#memory.bytes.length - this.#used) / this.#pageSize)
        this.#read(page, this.#memory, this.#used, pages)
        this.#used += pages * this.#pageSize
        this.#count += pages
        page += pages
      }
    }
  }

  #read(page: number, { bytes }: Memory, start: number, pages: number): void {
    const length = pages * this.#pageSize
    if (!(page >= 2 && Number.isSafeInteger(page))) throw new PageDamage(page, 'it is no page of a tree')
    if (readSync(this.#file, bytes, start, length, page * this.#pageSize) !== length)
      throw new PageDamage(page, 'the file ends before it')
    if (this.#again && bytes === this.#memory.bytes) writeSync(this.#file, bytes, start, length, page * this.#pageSize)
  }

  #sum(): void {
    this.#checksum = crc32(this.#memory.bytes.subarray(0, this.#used), this.#checksum)
    this.#used = 0
  }
}

function joined(lists: readonly (readonly number[])[]): readonly number[] {
  return lists.length === 1 ? (lists[0] as readonly number[]) : lists.flat()
}
