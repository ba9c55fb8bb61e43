import { readSync, writeSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import { PageDamage } from '../integrity/damage.ts'
import {
  assertHeader,
  bigData,
  branchPage,
  leafPage,
  nodeHeader,
  pageHeader,
  type Tree,
  treeAt,
  treeBytes,
} from '../integrity/layout.ts'
import type { Meta } from '../integrity/meta-pages.ts'
import { type Seal, sumOfBeginning } from '../integrity/seal.ts'

/** Pages that are read before their checksum is taken. */
const pagesAtOnce = 64

/** A table whose tree a commit may have changed, and what it was. */
type Tables = Map<string, Tree>

/**
 * Finds and sums what the newest commit wrote: its beginning, and every page of its trees that the commit before it does not have. LMDB never writes over a page that
 * one of both has, so each new page stands under other new ones up to the root, and what was there before is found by going down both trees at once, by height: below
 * a page that both have all is the same.
 *
 * `again`: every byte is also written to the file as it was read, so that the next flush brings it to the disk even where the kernel thinks it did.
 */
export function sumOfWritten(file: number, newest: Meta, older: Meta, again = false): Seal {
  const pages = new WrittenPages(file, newest, again)
  pages.compare(newest.free, older.free)
  const now: Tables = new Map()
  const before: Tables = new Map()
  pages.compare(newest.tables, older.tables, now, before)
  for (const [name, tree] of now) pages.compare(tree, before.get(name))
  return { transaction: newest.transaction, pages: pages.count, checksum: pages.checksum() }
}

class WrittenPages {
  count = 0
  readonly #file: number
  readonly #pageSize: number
  readonly #transaction: number
  readonly #again: boolean
  /** New pages, one behind the other; and a page of the commit before. */
  readonly #memory: Memory
  readonly #old: Memory
  #used = 0
  #checksum: number

  constructor(file: number, newest: Meta, again: boolean) {
    const { pageSize, transaction, bytes, page } = newest
    this.#file = file
    this.#pageSize = pageSize
    this.#transaction = transaction
    this.#again = again
    this.#memory = memoryOf(pagesAtOnce * pageSize)
    this.#old = memoryOf(pageSize)
    this.#checksum = sumOfBeginning(newest)
    if (again) writeSync(file, bytes, 0, bytes.length, page * pageSize)
  }

  checksum(): number {
    this.#sum()
    return this.#checksum
  }

  /** `tables`, `tablesBefore`: this is the tree of the tables, whose records are to be noted. */
  compare(tree: Tree, before: Tree | undefined, tables?: Tables, tablesBefore?: Tables): void {
    let pages = tree.root === undefined ? [] : [tree.root]
    let old = before?.root === undefined ? [] : [before.root]
    const oldHeight = before?.depth ?? 0
    for (let height = Math.max(tree.depth, oldHeight); height > 0; height--) {
      const kind = height === 1 ? leafPage : branchPage
      if (height > tree.depth) old = this.#under(old, kind)
      else if (height > oldHeight) pages = this.#written(pages, kind, tree.overflowPages > 0, tables)
      else {
        const both = shared(pages, old)
        const added = pages.filter(page => !both.has(page))
        const gone = old.filter(page => !both.has(page))
        pages = this.#written(added, kind, tree.overflowPages > 0, tables)
        old = height > 1 || tablesBefore !== undefined ? this.#under(gone, kind, tablesBefore) : []
      }
    }
  }

  /** Sums new pages; `large`: some value has pages of its own. Returns those below. */
  #written(pages: readonly number[], kind: number, large: boolean, tables: Tables | undefined): number[] {
    const below: number[] = []
    for (const page of pages) {
      const start = this.#take(page, kind)
      if (kind === branchPage) children(this.#memory.words, start, below)
      else {
        if (tables !== undefined) noteTables(this.#memory, start, tables)
        if (large) this.#takeOverflows(overflows(this.#memory, start, this.#transaction))
      }
    }
    return below
  }

  /** What stands below pages of the commit before. */
  #under(pages: readonly number[], kind: number, tables?: Tables): number[] {
    const below: number[] = []
    for (const page of pages) {
      this.#read(page, this.#old, 0, 1)
      assertHeader(this.#old.words, 0, page, kind, this.#transaction)
      if (kind === branchPage) children(this.#old.words, 0, below)
      else if (tables !== undefined) noteTables(this.#old, 0, tables)
    }
    return below
  }

  /** Returns where it begins in the memory. */
  #take(page: number, kind: number): number {
    if (this.#used === this.#memory.bytes.length) this.#sum()
    const start = this.#used
    this.#read(page, this.#memory, start, 1)
    assertHeader(this.#memory.words, start, page, kind, this.#transaction)
    this.#used += this.#pageSize
    this.count++
    return start
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
        this.count += pages
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

interface Memory {
  readonly bytes: Buffer
  readonly words: Uint16Array
}

function memoryOf(length: number): Memory {
  const memory = new ArrayBuffer(length)
  return { bytes: Buffer.from(memory), words: new Uint16Array(memory) }
}

function shared(pages: readonly number[], old: readonly number[]): Set<number> {
  const these = new Set(pages)
  return new Set(old.filter(page => these.has(page)))
}

/** How many entries a page has; their offsets follow its header. */
function entriesOf(words: Uint16Array, start: number): number {
  return (words[(start >> 1) + 10] as number) >> 1
}

function entryAt(words: Uint16Array, start: number, i: number): number {
  const base = start + pageHeader
  return base + (words[(base >> 1) + i] as number)
}

function children(words: Uint16Array, start: number, to: number[]): void {
  const count = entriesOf(words, start)
  for (let i = 0; i < count; i++) {
    const at = entryAt(words, start, i) >> 1
    to.push((words[at] as number) + (words[at + 1] as number) * 0x1_0000 + (words[at + 2] as number) * 0x1_0000_0000)
  }
}

/** Values of a leaf that a transaction wrote to pages of their own: the first page's number, and how many there are. */
function overflows({ words, bytes }: Memory, start: number, transaction: number): number[] {
  const runs: number[] = []
  const count = entriesOf(words, start)
  for (let i = 0; i < count; i++) {
    const entry = entryAt(words, start, i)
    if (((words[(entry >> 1) + 2] as number) & bigData) === 0) continue
    const reference = entry + nodeHeader + (words[(entry >> 1) + 3] as number)
    if (number64At(bytes, reference + 8) === transaction)
      runs.push(number64At(bytes, reference), number64At(bytes, reference + 16))
  }
  return runs
}

/** Notes the records of a leaf of the tree of tables. */
function noteTables({ words, bytes }: Memory, start: number, to: Tables): void {
  const count = entriesOf(words, start)
  for (let i = 0; i < count; i++) {
    const key = entryAt(words, start, i) + nodeHeader
    const data = key + (words[((key - nodeHeader) >> 1) + 3] as number)
    const record = new Uint16Array(treeBytes / 2)
    new Uint8Array(record.buffer).set(bytes.subarray(data, data + treeBytes))
    to.set(bytes.toString('latin1', key, data), treeAt(record, 0))
  }
}

/** An entry's data may begin anywhere. */
function number64At(bytes: Buffer, at: number): number {
  return bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * 0x1_0000_0000
}
