import { PageDamage } from './damage.ts'
import {
  assertHeader,
  bigData,
  branchPage,
  leafPage,
  nodeHeader,
  number64,
  overflowPage,
  overflowReference,
  pageHeader,
  type Tree,
} from './layout.ts'
import type { PageBytes, PageFile, PageUse } from './page-file.ts'

/** An entry in a leaf. Valid during the visit. */
export interface Entry {
  readonly page: number
  readonly bytes: Buffer
  readonly words: Uint16Array
  readonly key: number
  /** Where the key ends and the data begins. */
  readonly data: number
  readonly end: number
  readonly flags: number
  /** The size of the value, wherever it lies. */
  readonly size: number
  /** The first page of a value that has pages of its own; 0: it lies here. */
  readonly overflow: number
}

export interface TreeCheck {
  readonly file: PageFile
  readonly use: PageUse
  /** The newest transaction. */
  readonly transaction: number
  readonly tree: Tree
  /** Where the tree is described. */
  readonly from: number
  readonly order: 'bytes' | 'integers'
  /** Flags that entries may have. */
  readonly entryFlags: number
  visit?(entry: Entry): void
  /** The first page of a value that has pages of its own, at its beginning; `start` is that of the value. */
  visitOverflow?(page: number, bytes: Buffer, start: number): void
}

/** A page that is to be looked at, and the keys it may hold: from `low` on, before `high`. */
interface Pending {
  readonly page: number
  readonly low: Buffer | undefined
  readonly high: Buffer | undefined
}

/**
 * Walks a tree level by level, in the order of the file within each: every page must be what it is referred to as, its nodes lie in it, its
 * keys ascend within the bounds that its parent names, and all counts must be those of the tree's record.
 */
export function checkTree(check: TreeCheck): void {
  const { tree, from, file, use } = check
  if (tree.root === undefined) {
    const { depth, branchPages, leafPages, overflowPages, entries } = tree
    if (depth + branchPages + leafPages + overflowPages + entries !== 0)
      throw new PageDamage(from, 'a tree without pages is said to have entries')
    return
  }
  if (tree.depth < 1 || tree.depth > 32) throw new PageDamage(from, `a tree is said to be ${tree.depth} pages deep`)
  use.take(from, tree.root, 1)
  const counts = { branchPages: 0, leafPages: 0, overflowPages: 0, entries: 0 }
  /** A number each: the page's, and behind it how many there are. */
  const overflows: number[] = []
  let level: Pending[] = [{ page: tree.root, low: undefined, high: undefined }]
  for (let depth = tree.depth; depth > 0; depth--) {
    const next: Pending[] = []
    const leaf = depth === 1
    file.visit(
      level.map(({ page }) => page),
      (bytes, i) => {
        const pending = level[i] as Pending
        const keys = checkPage(check, bytes, pending, leaf)
        if (leaf) {
          counts.leafPages++
          counts.entries += keys
          checkEntries(check, bytes, pending, keys, overflows)
        } else {
          counts.branchPages++
          collectChildren(check, bytes, pending, keys, next)
        }
      },
    )
    level = next.sort((a, b) => a.page - b.page)
  }
  counts.overflowPages = checkOverflows(check, overflows)
  for (const [name, count] of Object.entries(counts)) {
    const told = tree[name as keyof typeof counts]
    if (told !== count) throw new PageDamage(from, `a tree is said to have ${told} ${words[name]}, and has ${count}`)
  }
}

const words: Record<string, string> = {
  branchPages: 'branch pages',
  leafPages: 'leaf pages',
  overflowPages: 'overflow pages',
  entries: 'entries',
}

/** The page's frame and the order of its keys. Returns how many it has. */
function checkPage(check: TreeCheck, { bytes, words, start }: PageBytes, pending: Pending, leaf: boolean): number {
  const { page, low, high } = pending
  assertHeader(words, start, page, leaf ? leafPage : branchPage, check.transaction)
  const room = check.file.pageSize - pageHeader
  const lower = words[(start >> 1) + 10] as number
  const upper = words[(start >> 1) + 11] as number
  const keys = lower >> 1
  if (lower % 2 !== 0 || lower > upper || upper > room || keys === 0) throw new PageDamage(page, 'its bounds cannot be')
  const base = start + pageHeader
  const integers = check.order === 'integers'
  let used = 0
  let before = -1
  let beforeEnd = -1
  for (let i = 0; i < keys; i++) {
    const offset = words[(base >> 1) + i] as number
    if (offset % 2 !== 0 || offset < upper || offset + nodeHeader > room)
      throw new PageDamage(page, `its entry ${i} lies outside`)
    const at = base + offset
    const keyEnd = at + nodeHeader + (words[(at >> 1) + 3] as number)
    const end = leaf ? keyEnd + dataInPage(words, at) : keyEnd
    if (end > base + room) throw new PageDamage(page, `its entry ${i} reaches outside`)
    used += (end - at + 1) & ~1
    const key = at + nodeHeader
    // a branch's first key is not looked at, and may be old
    if (!leaf && i === 0) continue
    if (integers ? keyEnd - key !== 8 : keyEnd === key)
      throw new PageDamage(page, `the key of its entry ${i} has ${keyEnd - key} bytes`)
    if (before >= 0 && !isLess(integers, bytes, words, before, beforeEnd, key, keyEnd))
      throw new PageDamage(page, `its entries ${i - 1} and ${i} are out of order`)
    if (before < 0 && low !== undefined && compare(integers, low, 0, low.length, bytes, key, keyEnd) > 0)
      throw new PageDamage(page, 'its keys begin before those that it is to hold')
    before = key
    beforeEnd = keyEnd
  }
  if (before >= 0 && high !== undefined && compare(integers, high, 0, high.length, bytes, before, beforeEnd) <= 0)
    throw new PageDamage(page, 'its keys end after those that it is to hold')
  if (used !== room - upper) throw new PageDamage(page, `its entries have ${used} bytes instead of ${room - upper}`)
  return keys
}

/** Bytes of an entry's data that lie in the page itself. */
function dataInPage(words: Uint16Array, at: number): number {
  const flags = words[(at >> 1) + 2] as number
  return (flags & bigData) !== 0 ? overflowReference : dataSize(words, at)
}

function dataSize(words: Uint16Array, at: number): number {
  return (words[at >> 1] as number) + (words[(at >> 1) + 1] as number) * 0x1_0000
}

function checkEntries(
  check: TreeCheck,
  { bytes, words, start }: PageBytes,
  { page }: Pending,
  keys: number,
  overflows: number[],
): void {
  const base = start + pageHeader
  for (let i = 0; i < keys; i++) {
    const at = base + (words[(base >> 1) + i] as number)
    const flags = words[(at >> 1) + 2] as number
    if ((flags & ~check.entryFlags) !== 0) throw new PageDamage(page, `its entry ${i} has flags that are not known`)
    const key = at + nodeHeader
    const data = key + (words[(at >> 1) + 3] as number)
    const size = dataSize(words, at)
    let overflow = 0
    if ((flags & bigData) !== 0) {
      overflow = reference(bytes, data)
      const pages = reference(bytes, data + 16)
      if (pages !== Math.floor((pageHeader - 1 + size) / check.file.pageSize) + 1)
        throw new PageDamage(page, `the value of its entry ${i} has ${size} bytes in ${pages} pages`)
      check.use.take(page, overflow, pages)
      overflows.push(overflow, pages)
    }
    check.visit?.({ page, bytes, words, key, data, end: data + dataInPage(words, at), flags, size, overflow })
  }
}

function collectChildren(
  check: TreeCheck,
  { bytes, words, start }: PageBytes,
  { page, low, high }: Pending,
  keys: number,
  next: Pending[],
): void {
  const base = start + pageHeader
  // LMDB ends the process when it meets one with a single child, but in the tree of free pages
  if (keys < 2 && check.order !== 'integers') throw new PageDamage(page, 'it has a single child')
  let from = low
  for (let i = 0; i < keys; i++) {
    const at = (base + (words[(base >> 1) + i] as number)) >> 1
    const child =
      (words[at] as number) + (words[at + 1] as number) * 0x1_0000 + (words[at + 2] as number) * 0x1_0000_0000
    check.use.take(page, child, 1)
    let to = high
    if (i + 1 < keys) {
      const after = base + (words[(base >> 1) + i + 1] as number)
      const key = after + nodeHeader
      to = Buffer.from(bytes.subarray(key, key + (words[(after >> 1) + 3] as number)))
    }
    next.push({ page: child, low: from, high: to })
    from = to
  }
}

/** Returns how many pages they are. */
function checkOverflows(check: TreeCheck, overflows: readonly number[]): number {
  // both numbers in one, so that they sort fast: a value has few pages
  const shift = 2 ** 20
  const found = new Float64Array(overflows.length / 2)
  for (let i = 0; i < found.length; i++) {
    const pages = overflows[2 * i + 1] as number
    if (pages >= shift) throw new PageDamage(overflows[2 * i] as number, `a value is said to have ${pages} pages`)
    found[i] = (overflows[2 * i] as number) * shift + pages
  }
  found.sort()
  const numbers = found.map(both => Math.floor(both / shift))
  let total = 0
  check.file.visit(numbers, ({ bytes, words, start }, i) => {
    const page = numbers[i] as number
    const pages = (found[i] as number) % shift
    assertHeader(words, start, page, overflowPage, check.transaction)
    const told = (words[(start >> 1) + 10] as number) + (words[(start >> 1) + 11] as number) * 0x1_0000
    if (told !== pages)
      throw new PageDamage(page, `it is said to be the first of ${told} pages, and is that of ${pages}`)
    total += pages
    check.visitOverflow?.(page, bytes, start + pageHeader)
  })
  return total
}

function reference(bytes: Buffer, offset: number): number {
  return bytes.readUInt32LE(offset) + bytes.readUInt32LE(offset + 4) * 0x1_0000_0000
}

function isLess(
  integers: boolean,
  bytes: Buffer,
  words: Uint16Array,
  a: number,
  aEnd: number,
  b: number,
  bEnd: number,
): boolean {
  if (integers) return number64(words, a) < number64(words, b)
  const length = Math.min(aEnd - a, bEnd - b)
  for (let i = 0; i < length; i++) {
    const difference = (bytes[a + i] as number) - (bytes[b + i] as number)
    if (difference !== 0) return difference < 0
  }
  return aEnd - a < bEnd - b
}

function compare(
  integers: boolean,
  a: Buffer,
  aStart: number,
  aEnd: number,
  b: Buffer,
  bStart: number,
  bEnd: number,
): number {
  if (integers) return reference(a, aStart) - reference(b, bStart)
  return a.compare(b, bStart, bEnd, aStart, aEnd)
}
