import type { KeyValue, KeyValueStore, LeaseId, Revision } from '../key-value-store.ts'
import {
  allKeys,
  assertSame,
  ContentsCounter,
  type ContentsSum,
  contentsOf,
  type StoreContents,
  sumOf,
} from './contents.ts'
import { raiseRevision } from './raise-revision.ts'

/** Writes on their way at once. */
const parallel = 64
/** What a source that goes on while it is copied may have given out beyond the revision that is copied. */
const margin = 1_000

export interface CopyOptions {
  onProgress?(what: string): void
}

export interface CopyResult extends ContentsSum {
  readonly leases: number
  /** The target's revision afterwards. */
  readonly revision: Revision
}

/**
 * Writes contents into an empty store through its interface. The store gives every key a revision of its own: it is
 * raised above the source's first, so that a revision never names two versions of an object, and all below is compacted
 * at the end, so that every watch from before ends with 410.
 */
export async function copyIntoStore(
  contents: StoreContents,
  store: KeyValueStore,
  options: CopyOptions = {},
): Promise<CopyResult> {
  const tell = options.onProgress ?? (() => undefined)
  await assertEmpty(store)
  const floor = contents.revision + margin
  await raiseRevision(store, floor, at => tell(`raising the revision: ${at} of ${floor}`))
  const leases = new Map<LeaseId, LeaseId>()
  for (const { id, remaining } of contents.leases)
    leases.set(id, await store.grantLease(Math.max(1, Math.ceil(remaining))))
  const counter = new ContentsCounter()
  for await (const page of contents.pages()) {
    for (const kv of page) counter.add(kv)
    await eachOf(page, async kv => {
      const lease = leases.get(kv.lease) ?? 0n
      const result = await store.put({ key: kv.key, value: kv.value, expected: 0, lease })
      if (!result.ok) throw new Error(`somebody else writes to the target: ${kv.key} stands there already`)
    })
    tell(`${counter.keys} keys`)
  }
  const written = counter.sum()
  await store.compact(await store.revision())
  await using found = await contentsOf(store)
  assertSame(written, await sumOf(found), 'the target')
  return { ...written, leases: leases.size, revision: found.revision }
}

/** The target holds keys. */
export class TargetNotEmptyError extends Error {
  override readonly name = 'TargetNotEmptyError'
  constructor(key: string, count: number) {
    super(`the target is not empty: it holds ${count} keys, the first is ${key}. Copy into an empty one`)
  }
}

async function assertEmpty(store: KeyValueStore): Promise<void> {
  const { kvs } = await store.range({ ...allKeys, limit: 300 })
  // what a copy that was broken off left while it raised the revision
  const strangers = kvs.filter(({ key }) => !key.startsWith('kubets/raise/'))
  const first = strangers[0]
  if (!first) return
  const { count } = await store.range({ ...allKeys, countOnly: true })
  throw new TargetNotEmptyError(first.key, count)
}

async function eachOf(page: readonly KeyValue[], work: (kv: KeyValue) => Promise<void>): Promise<void> {
  let next = 0
  await Promise.all(
    Array.from({ length: Math.min(parallel, page.length) }, async () => {
      for (let kv = page[next++]; kv; kv = page[next++]) await work(kv)
    }),
  )
}
