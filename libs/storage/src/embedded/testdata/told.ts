import type { KeyValueStore, StoreEvent } from '../../key-value-store.ts'

/** All that a store tells: what stands there, its leases, and what happened since a revision. */
export async function told(store: KeyValueStore, since: number): Promise<string[]> {
  const { kvs, revision } = await store.range({ start: '\0', end: '\xff' })
  const state = kvs.map(kv =>
    [kv.key, kv.createRevision, kv.modRevision, kv.lease, Buffer.from(kv.value).toString('latin1')].join(' '),
  )
  const leases = (await store.leases()).map(({ id, ttl }) => `lease ${id} ${ttl}`).sort()
  return [`revision ${revision}`, ...state, ...leases, ...(await history(store, since, revision))]
}

async function history(store: KeyValueStore, since: number, until: number): Promise<string[]> {
  const events: StoreEvent[] = []
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const done = new AbortController()
  store.watch({
    start: '\0',
    end: '\xff',
    from: since,
    onEvents(found) {
      events.push(...found)
      if ((found.at(-1)?.modRevision ?? 0) >= until) resolve()
    },
    onEnd: reject,
    signal: done.signal,
  })
  const late = setTimeout(() => reject(new Error('the history has no end')), 5_000)
  try {
    await promise
  } finally {
    clearTimeout(late)
    done.abort()
  }
  return events.map(
    ({ type, key, modRevision, value }) => `${type} ${key} ${modRevision} ${Buffer.from(value).toString('latin1')}`,
  )
}
