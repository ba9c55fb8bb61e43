import { maxRequestBytes } from '../key-value-store.ts'
import { decodeCounter, ownChecksum, soundness, summed } from './codec.ts'
import {
  checkDataFile,
  type FileRules,
  newestTransaction,
  PageDamage,
  type TableRules,
  type Which,
} from './integrity/index.ts'

/** What lmdb puts before a value that it compressed, and how many bytes it has with the length behind it. */
const compressed = 254
const compressedHeader = 4

/** First bytes from here on are lmdb's own: it compresses whatever begins so. */
const firstMark = 250

/** The records of `keys` as they are summed while they are read, and their sum as it was written. */
interface Sum {
  found: number
  told: number | undefined
  page: number
}

function rulesOf(sum: Sum): FileRules {
  const tables = Object.fromEntries(
    Object.entries(soundness).map(([table, sound]) => [table, recordRules(table, sound)]),
  )
  const { keys, meta } = tables
  return {
    tables: {
      ...tables,
      keys: {
        entry(entry) {
          keys?.entry?.(entry)
          sum.found = summed(sum.found, ownChecksum(entry.bytes.subarray(entry.data, entry.end)))
        },
      },
      meta: {
        entry(entry) {
          meta?.entry?.(entry)
          const { page, bytes, key, data, end } = entry
          if (bytes.toString('latin1', key, data) !== 'sum') return
          sum.told = decodeCounter('sum', bytes.subarray(data, end), '')
          sum.page = page
        },
      },
      // values are compared with their checksums when they are read
      values: {
        entry({ page, bytes, data, end, overflow }) {
          if (overflow === 0) assertValueHeader(page, bytes, data, end)
        },
        overflow: (page, bytes, start) => assertValueHeader(page, bytes, start, bytes.length),
      },
    },
  }
}

/** Attempts beside a process that writes: what is read there changes meanwhile. */
const attempts = 3

/**
 * Looks whether the file is whole: every page, and the checksum of every record. `shared` is for reading beside the process that has the
 * store open: what keeps changing while it is looked at is believed, since that process has looked at it.
 *
 * @throws PageDamage
 */
export function assertWhole(path: string, use: 'exclusive' | 'shared', which: Which = 'newest'): void {
  for (let attempt = 1; ; attempt++) {
    const before = newestTransaction(path)
    try {
      const sum: Sum = { found: 0, told: undefined, page: 0 }
      checkDataFile(path, rulesOf(sum), which)
      // records of `keys` replace each other: where the disk kept an older page, all of them are sound
      if (sum.told !== undefined && sum.told !== sum.found)
        throw new PageDamage(sum.page, 'some record of "keys" is not the one that was written last')
      return
    } catch (error) {
      if (use === 'exclusive' || newestTransaction(path) === before) throw error
      if (attempt === attempts) return
    }
  }
}

function recordRules(table: string, sound: (key: Buffer, bytes: Buffer) => boolean): TableRules {
  return {
    entry({ page, bytes, key, data, end, overflow }) {
      const record = bytes.subarray(data, end)
      if (overflow !== 0 || !sound(bytes.subarray(key, data), record))
        throw new PageDamage(page, `a record of ${JSON.stringify(table)} in it is not what was written`)
    },
  }
}

/** lmdb takes as much memory as a compressed value says to need. */
function assertValueHeader(page: number, bytes: Buffer, start: number, end: number): void {
  const mark = start < end ? (bytes[start] as number) : 0
  if (mark < firstMark) return
  if (mark !== compressed || end - start < compressedHeader || bytes.readUIntBE(start + 1, 3) > maxRequestBytes)
    throw new PageDamage(page, 'a value in it does not begin as one that was written')
}
