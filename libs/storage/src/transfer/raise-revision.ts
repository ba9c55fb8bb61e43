import type { KeyValueStore, Revision } from '../key-value-store.ts'

/** Writers that raise the revision at once, each with a key of its own. */
const writers = 256
/** History that is left to the store before it is compacted. */
const compactEvery = 50_000
/** Beyond so many writes it takes hours; there is a faster way outside of etcd's API. */
export const mostRaises = 10_000_000

const key = (writer: number) => `kubets/raise/${writer}`

/**
 * Raises a store's revision to `revision` through its own interface: by as many small writes, since nothing else raises
 * it. They are deleted and compacted away as it goes. What the store already has is not raised.
 */
export async function raiseRevision(
  store: KeyValueStore,
  revision: Revision,
  onProgress?: (at: Revision) => void,
): Promise<void> {
  let at = await store.revision()
  if (at >= revision) return
  if (revision - at > mostRaises) throw new RaiseTooFarError(at, revision)
  const nothing = new Uint8Array(0)
  const last = new Array<Revision>(writers).fill(0)
  for (let writer = 0; writer < writers; writer++) last[writer] = (await store.get(key(writer))).kv?.modRevision ?? 0
  while (at < revision) {
    const until = Math.min(revision, at + compactEvery)
    await Promise.all(
      last.map(async (_, writer) => {
        while (at < until) {
          const result = await store.put({ key: key(writer), value: nothing, expected: last[writer] as Revision })
          if (!result.ok) throw new Error('another process writes the same keys: only one copy may run')
          last[writer] = result.revision
          at = Math.max(at, result.revision)
        }
      }),
    )
    await store.compact(at)
    onProgress?.(at)
  }
  for (const [writer, expected] of last.entries()) if (expected > 0) await store.delete({ key: key(writer), expected })
}

/** The revision to reach is out of reach of writes. */
export class RaiseTooFarError extends Error {
  override readonly name = 'RaiseTooFarError'
  constructor(at: Revision, revision: Revision) {
    super(
      `the target's revision is ${at} and has to be above ${revision}, which clients may have seen (a store that was restored from a snapshot stands a thousand million higher); ` +
        "etcd's API raises it by one for each write, and these are too many. Raise it first, on the empty etcd, with its tools of 3.6: " +
        `'etcdctl snapshot save empty.db', stop etcd, 'etcdutl snapshot restore empty.db --bump-revision ${revision} --mark-compacted --data-dir …', start it there, and copy again`,
    )
  }
}
