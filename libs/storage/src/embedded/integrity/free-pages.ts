import { PageDamage } from './damage.ts'
import { bigData, number64, pageHeader, type Tree } from './layout.ts'
import type { PageFile, PageUse } from './page-file.ts'
import { checkTree } from './tree.ts'

/** A list of free pages: its length, then numbers. */
interface List {
  readonly page: number
  readonly words: Uint16Array
  readonly start: number
  readonly size: number
}

/**
 * The tree of free pages: by the transaction that freed them, lists of page numbers. What stands there is written over next, so
 * it must not be in use: the trees in `use` have been walked before. A number below zero is a length, whose pages begin with
 * the number behind it; 0 is an empty place.
 */
export function checkFreePages(file: PageFile, use: PageUse, tree: Tree, from: number, transaction: number): void {
  const lists: List[] = []
  const elsewhere: { page: number; overflow: number; size: number }[] = []
  checkTree({
    file,
    use,
    transaction,
    tree,
    from,
    order: 'integers',
    entryFlags: bigData,
    visit({ page, bytes, words, key, data, end, size, overflow }) {
      const freed = number64(words, key)
      if (freed < 1 || freed > transaction) throw new PageDamage(page, `it lists pages freed by transaction ${freed}`)
      if (overflow !== 0) elsewhere.push({ page: overflow, overflow, size })
      else lists.push({ page, ...copied(bytes.subarray(data, end)), start: 0, size })
    },
  })
  for (const { page, overflow, size } of elsewhere) {
    const pages = Math.ceil((pageHeader + size) / file.pageSize)
    lists.push({ page, ...copied(file.read(overflow, pages)), start: pageHeader, size })
  }
  for (const list of lists) checkList(list, use)
}

function checkList({ page, words, start, size }: List, use: PageUse): void {
  const count = size < 8 ? -1 : number64(words, start)
  if (size % 8 !== 0 || !(count >= 0 && count < size / 8))
    throw new PageDamage(page, 'its list of free pages has no sound length')
  let block = 1
  for (let i = 1; i <= count; i++) {
    const at = start + i * 8
    const length = negated(words, at)
    if (length !== undefined) {
      block = length
      continue
    }
    const first = number64(words, at)
    if (first === 0) continue
    use.assertFree(page, first, block)
    block = 1
  }
}

/** The length that a number below zero stands for. */
function negated(words: Uint16Array, offset: number): number | undefined {
  const at = offset >> 1
  if (((words[at + 3] as number) & 0x8000) === 0) return undefined
  // of small lengths the upper half has all bits, and the lower is exact
  const low = (words[at] as number) + (words[at + 1] as number) * 0x1_0000
  const small = words[at + 2] === 0xffff && words[at + 3] === 0xffff
  return small ? 0x1_0000_0000 - low : Number.POSITIVE_INFINITY
}

function copied(bytes: Buffer): { words: Uint16Array } {
  const copy = new Uint8Array(bytes.length + (bytes.length % 2))
  copy.set(bytes)
  return { words: new Uint16Array(copy.buffer) }
}
