import { closeSync, openSync } from 'node:fs'
import { PageDamage } from './damage.ts'
import { checkFreePages } from './free-pages.ts'
import {
  assertHeader,
  bigData,
  branchPage,
  leafPage,
  number64,
  subTree,
  type Tree,
  treeAt,
  treeBytes,
} from './layout.ts'
import { type Meta, readMetaPages } from './meta-pages.ts'
import { PageFile, PageUse } from './page-file.ts'
import { isDropped } from './seal.ts'
import { checkTree, type Entry } from './tree.ts'

/** What is to be found in a table. */
export interface TableRules {
  /** @throws PageDamage when an entry is not what was written. */
  entry?(entry: Entry): void
  /** Of a value with pages of its own: `start` is where it begins. */
  overflow?(page: number, bytes: Buffer, start: number): void
}

export interface FileRules {
  /** By name. Once any table has an entry all must be there. */
  readonly tables: Readonly<Record<string, TableRules>>
}

/** Which commit is looked at: the last one, or that before it as if there were no later one. */
export type Which = 'newest' | 'older'

/**
 * Reads every page that is in use, of values with pages of their own the first: everything that LMDB would follow.
 *
 * @throws PageDamage
 */
export function checkDataFile(path: string, rules: FileRules, which: Which = 'newest'): void {
  const both = beginnings(path)
  const metas = which === 'newest' ? both : both.slice(1)
  const newest = metas[0] as Meta
  using file = new PageFile(path, newest.pageSize)
  for (const meta of metas) checkRoots(file, meta)
  const use = new PageUse(newest.lastPage + 1, file.pages)
  const { transaction, page: from } = newest
  const tables = readTables(file, use, newest)
  for (const [name, { tree, page }] of tables) {
    const { entry, overflow } = rules.tables[name] ?? {}
    checkTree({
      file,
      use,
      transaction,
      tree,
      from: page,
      order: 'bytes',
      entryFlags: bigData,
      ...(entry && { visit: entry }),
      ...(overflow && { visitOverflow: overflow }),
    })
  }
  if ([...tables.values()].some(({ tree }) => tree.entries > 0))
    for (const name of Object.keys(rules.tables))
      if (!tables.has(name))
        throw new PageDamage(newest.tables.root ?? from, `the table ${JSON.stringify(name)} is missing`)
  checkFreePages(file, use, newest.free, from, transaction)
  use.assertAllThere(from)
}

/** Of the last commit. It changes while the store is written to. */
export function newestTransaction(path: string): number {
  return beginnings(path)[0].transaction
}

function beginnings(path: string): [Meta, Meta] {
  const file = openSync(path, 'r')
  try {
    return readMetaPages(file)
  } finally {
    closeSync(file)
  }
}

/**
 * Each commit writes the root of the tables, and may write that of the free pages. Those of the commit before the last one stand too: a beginning
 * that names another transaction than its own shows there, and so does a root that did not reach the disk.
 */
function checkRoots(file: PageFile, meta: Meta): void {
  const { page, tables, free, transaction } = meta
  for (const tree of [tables, free]) {
    const { root, depth } = tree
    if (root === undefined) continue
    if (root >= file.pages) throw new PageDamage(page, `it refers to page ${root}, which the file does not have`)
    file.visit([root], ({ words, start }) => {
      assertHeader(words, start, root, depth === 1 ? leafPage : branchPage, transaction)
      const written = number64(words, start + 8)
      if (tree === tables && written !== transaction && !isDropped(meta))
        throw new PageDamage(root, `it is of transaction ${written}, and not of ${transaction} whose root it is`)
    })
  }
}

function readTables(file: PageFile, use: PageUse, { tables, page: from, transaction }: Meta) {
  const found = new Map<string, { tree: Tree; page: number }>()
  checkTree({
    file,
    use,
    transaction,
    tree: tables,
    from,
    order: 'bytes',
    entryFlags: subTree,
    visit({ page, bytes, flags, key, data, end }) {
      if (flags !== subTree || end - data !== treeBytes) throw new PageDamage(page, 'it has an entry that is no table')
      const record = new Uint16Array(treeBytes / 2)
      new Uint8Array(record.buffer).set(bytes.subarray(data, end))
      // lmdb ends names with a zero
      const name = bytes.toString('utf8', key, data - 1)
      const tree = treeAt(record, 0)
      if (tree.flags !== 0 || tree.pad !== 0)
        throw new PageDamage(page, `the table ${JSON.stringify(name)} has flags that are not known`)
      found.set(name, { tree, page })
    },
  })
  return found
}
