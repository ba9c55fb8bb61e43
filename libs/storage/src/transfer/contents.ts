import { createHash } from 'node:crypto'
import type { KeyValue, KeyValueStore, LeaseInfo, Revision } from '../key-value-store.ts'

/** All that a store holds as of one revision: what a snapshot, a restore and a copy hand on. */
export interface StoreContents extends AsyncDisposable {
  readonly revision: Revision
  readonly leases: readonly LeaseInfo[]
  /** All key-values in the order of their keys' bytes; the values stay valid. Can be gone through once. */
  pages(): AsyncIterable<readonly KeyValue[]>
}

/** First and last of all keys, as bounds of a range. */
export const allKeys = { start: '\0', end: '\u{10ffff}' }

/** Key-values that are read at once. */
const pageSize = 250

/**
 * What a store holds now, read page by page at one revision. Leases are asked for after it: keys of one that has ended by
 * then are left out, as they are gone from the store too.
 */
export async function contentsOf(store: KeyValueStore): Promise<StoreContents> {
  const revision = await store.revision()
  const leases = await store.leases()
  const live = new Set(leases.map(lease => lease.id))
  return {
    revision,
    leases,
    async *pages() {
      for (let start = allKeys.start; ; ) {
        const { kvs, more } = await store.range({ start, end: allKeys.end, limit: pageSize, revision })
        const lasting = kvs.filter(({ lease }) => lease === 0n || live.has(lease))
        if (lasting.length > 0) yield lasting
        const last = kvs.at(-1)
        if (!more || !last) return
        start = `${last.key}\0`
      }
    },
    async [Symbol.asyncDispose]() {},
  }
}

/** How much was read or written, and a hash over keys and values in their order. */
export interface ContentsSum {
  readonly keys: number
  /** Keys and values together. */
  readonly bytes: number
  /** SHA-256 in hex over each key and value, both led by their length in four bytes (big-endian). */
  readonly sha256: string
}

export class ContentsCounter {
  readonly #hash = createHash('sha256')
  readonly #lengths = Buffer.alloc(4)
  keys = 0
  bytes = 0

  add({ key, value }: KeyValue): void {
    this.keys++
    const name = Buffer.from(key)
    for (const piece of [name, value]) {
      this.#lengths.writeUInt32BE(piece.length)
      this.#hash.update(this.#lengths).update(piece)
      this.bytes += piece.length
    }
  }

  sum(): ContentsSum {
    return { keys: this.keys, bytes: this.bytes, sha256: this.#hash.digest('hex') }
  }
}

export async function sumOf(contents: StoreContents): Promise<ContentsSum> {
  const counter = new ContentsCounter()
  for await (const page of contents.pages()) for (const kv of page) counter.add(kv)
  return counter.sum()
}

/** Throws when what was written reads back as something else. */
export function assertSame(written: ContentsSum, found: ContentsSum, where: string): void {
  if (written.keys === found.keys && written.sha256 === found.sha256) return
  throw new Error(
    `${where} does not hold what was written: ${written.keys} keys with hash ${written.sha256} were written, ${found.keys} with ${found.sha256} are found`,
  )
}
