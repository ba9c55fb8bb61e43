import { PageDamage } from './damage.ts'

/**
 * LMDB's file, data version 2, as lmdb 3 writes it. Numbers have the machine's byte order.
 *
 *     page    8 number  8 transaction  2 pad  2 flags  2 lower  2 upper (overflow: 4 number of pages)  | 2 × n offsets … nodes
 *     node    2 low  2 high  2 flags  2 key size | key, data          low and high: the data's size; in a branch, with flags, the child's page
 *     meta    page header | 4 magic  4 version  8 address  8 map size | tree of free pages | tree of tables | 8 last page  8 transaction
 *     tree    4 pad (of the first: page size)  2 flags  2 depth  8 branch  8 leaf  8 overflow pages  8 entries  8 root
 *
 * Offsets of nodes, lower and upper count from the end of the page's header. An overflow record's node holds 8 page, 8 transaction, 8 number of pages.
 */
export const pageHeader = 24
export const nodeHeader = 8
export const treeBytes = 48
export const overflowReference = 24

export const branchPage = 0x01
export const leafPage = 0x02
export const overflowPage = 0x04
export const metaPage = 0x08

export const bigData = 0x01
export const subTree = 0x02

export const noRoot: number = 2 ** 64 - 1

export interface Tree {
  readonly pad: number
  readonly flags: number
  readonly depth: number
  readonly branchPages: number
  readonly leafPages: number
  readonly overflowPages: number
  readonly entries: number
  /** undefined: the tree is empty. */
  readonly root: number | undefined
}

/** A number of 64 bits at an even offset. Beyond 2^53 it is not exact, and then nothing in a sound file. */
export function number64(words: Uint16Array, offset: number): number {
  const at = offset >> 1
  const low = (words[at] as number) + (words[at + 1] as number) * 0x1_0000
  return low + ((words[at + 2] as number) + (words[at + 3] as number) * 0x1_0000) * 0x1_0000_0000
}

export function treeAt(words: Uint16Array, offset: number): Tree {
  const at = offset >> 1
  const root = number64(words, offset + 40)
  return {
    pad: (words[at] as number) + (words[at + 1] as number) * 0x1_0000,
    flags: words[at + 2] as number,
    depth: words[at + 3] as number,
    branchPages: number64(words, offset + 8),
    leafPages: number64(words, offset + 16),
    overflowPages: number64(words, offset + 24),
    entries: number64(words, offset + 32),
    root: root === noRoot ? undefined : root,
  }
}

/** @throws PageDamage unless it is the page that was asked for, of this kind, written by a transaction of its tree. */
export function assertHeader(words: Uint16Array, start: number, number: number, flags: number, newest: number): void {
  const found = number64(words, start)
  if (found !== number) throw new PageDamage(number, `it says to be page ${found}`)
  const kind = words[(start >> 1) + 9] as number
  if (kind !== flags)
    throw new PageDamage(number, `it is of kind 0x${kind.toString(16)} instead of 0x${flags.toString(16)}`)
  const transaction = number64(words, start + 8)
  if (transaction > newest)
    throw new PageDamage(number, `it is of transaction ${transaction}, after the last one (${newest})`)
}
