import { readSync } from 'node:fs'
import { PageDamage } from './damage.ts'
import { metaPage, number64, pageHeader, type Tree, treeAt } from './layout.ts'

/** One of the file's two beginnings: what transaction `n` left is described by page `n % 2`. */
export interface Meta {
  readonly page: number
  readonly pageSize: number
  readonly free: Tree
  readonly tables: Tree
  readonly lastPage: number
  readonly transaction: number
  /** Its first {@link metaBytes}, as they lie in the file. */
  readonly bytes: Buffer
}

/** What is read of each beginning, all in one sector of any disk. LMDB's own part ends before {@link sealOffset}. */
const metaBytes = 512

/** From here on a beginning's page is ours: see seal.ts. */
export const sealOffset = 256

const magic = 0xbeefc0de
const dataVersion = 2
const sizes = [512, 1_024, 2_048, 4_096, 8_192, 16_384, 32_768]

/** How the numbers of free pages are ordered; no other flag of order may stand there. The upper half tells how the file was opened. */
const integerKey = 0x08
const orders = 0xff

/** The meta page that the commit after another one writes. */
export function readNextMeta(file: number, { page, pageSize }: Meta): Meta {
  return readMeta(file, 1 - page, (1 - page) * pageSize)
}

/** Both meta pages, newest first. LMDB itself reads the newest and believes all of it. */
export function readMetaPages(file: number): [Meta, Meta] {
  const first = readMeta(file, 0, 0)
  const second = readMeta(file, 1, first.pageSize)
  if (second.pageSize !== first.pageSize) throw new PageDamage(1, 'its page size is not that of page 0')
  const [newest, older] = first.transaction >= second.transaction ? [first, second] : [second, first]
  // each commit writes the other page than the one before it
  const sound = newest.transaction === 0 || newest.transaction - older.transaction === 1
  for (const { page, transaction } of [newest, older])
    if (!sound || (transaction !== 0 && transaction % 2 !== page))
      throw new PageDamage(page, `transactions ${first.transaction} and ${second.transaction} do not follow each other`)
  return [newest, older]
}

function readMeta(file: number, page: number, offset: number): Meta {
  const memory = new ArrayBuffer(metaBytes)
  const bytes = Buffer.from(memory)
  if (readSync(file, bytes, 0, metaBytes, offset) !== metaBytes) throw new PageDamage(page, 'the file ends before it')
  const words = new Uint16Array(memory)
  const parts = new Uint32Array(memory)
  if (parts[pageHeader / 4] !== magic) throw new PageDamage(page, 'it is not that of a database')
  if (number64(words, 0) !== page) throw new PageDamage(page, `it says to be page ${number64(words, 0)}`)
  if (words[9] !== metaPage) throw new PageDamage(page, 'it is not marked as the beginning of a database')
  const version = parts[pageHeader / 4 + 1] as number
  if (version !== dataVersion)
    throw new PageDamage(page, `it has version ${version} of the file's layout, not ${dataVersion}`)
  const free = treeAt(words, pageHeader + 24)
  if (!sizes.includes(free.pad)) throw new PageDamage(page, `it names a page size of ${free.pad}`)
  if ((free.flags & orders) !== integerKey) throw new PageDamage(page, 'its flags are none that are known')
  const tables = treeAt(words, pageHeader + 72)
  // another order would hide the tables, and LMDB would make new ones
  if (tables.flags !== 0 || tables.pad !== 0)
    throw new PageDamage(page, 'the flags of its tables are none that are known')
  return {
    page,
    pageSize: free.pad,
    free,
    tables,
    lastPage: number64(words, pageHeader + 120),
    transaction: number64(words, pageHeader + 128),
    bytes,
  }
}
