import type { KeyValueStore, StoreEvent } from '../../key-value-store.ts'

/** Something that was asked for: when, and when it was answered; as numbers of steps. */
interface Asked {
  readonly begun: number
  answered: number
}

/** All that happened to a store. */
export interface Past {
  readonly events: StoreEvent[]
  readonly grants: (Asked & { readonly id: bigint })[]
  readonly revocations: (Asked & { readonly id: bigint })[]
  readonly compactions: (Asked & { readonly revision: number })[]
  /** At each step: the newest revision that somebody had an answer of. */
  readonly revisions: number[]
}

const never = Number.POSITIVE_INFINITY

/** Writes to a store, few at a time: small and large values, leases, compactions. `steps`: how many its disk has seen. */
export async function keepBusy(
  store: KeyValueStore,
  rounds: number,
  next: () => number,
  steps: () => number,
): Promise<Past> {
  const past: Past = { events: [], grants: [], revocations: [], compactions: [], revisions: [] }
  const unwatch = new AbortController()
  store.watch({
    start: '\0',
    end: '\xff',
    from: 1,
    onEvents: events => void past.events.push(...events),
    onEnd: () => undefined,
    signal: unwatch.signal,
  })
  let answered = await store.revision()
  const note = (revision: number) => {
    while (past.revisions.length < steps()) past.revisions.push(answered)
    answered = Math.max(answered, revision)
  }
  const timed = async <T extends Asked>(list: T[], asked: T, what: Promise<unknown>) => {
    list.push(asked)
    await what
    asked.answered = steps()
  }
  const alive: bigint[] = []
  const meanwhile: Promise<unknown>[] = []
  const noise = Buffer.from(Array.from({ length: 100_000 }, () => next() * 256))

  async function write(): Promise<void> {
    const key = `/registry/things/n-${Math.floor(next() * 60)}`
    const expected = (await store.get(key)).kv?.modRevision ?? 0
    const chance = next()
    if (expected !== 0 && chance < 0.15) return note((await store.delete({ key, expected })).revision)
    const size = chance < 0.35 ? next() * 400 : chance < 0.97 ? 10_000 + next() * 16_000 : next() * 90_000
    const from = Math.floor(next() * 10_000)
    const value = noise.subarray(from, from + Math.floor(size))
    const lease = chance > 0.3 && chance < 0.4 ? alive.at(-1) : undefined
    const result = await store.put({ key, value, expected, ...(lease !== undefined && { lease }) })
    if (result.ok) note(result.revision)
  }

  for (let round = 0; round < rounds; round++) {
    await Promise.all(Array.from({ length: 1 + Math.floor(next() * 1.15) }, write))
    if (round % 40 === 7) {
      const begun = steps()
      const id = await store.grantLease(600)
      alive.push(id)
      past.grants.push({ id, begun, answered: steps() })
    }
    if (round % 100 === 60) {
      const id = alive.shift() as bigint
      meanwhile.push(timed(past.revocations, { id, begun: steps(), answered: never }, store.revokeLease(id)))
    }
    if (round % 25 === 3) await store.createAll(['a', 'b'].map(end => ({ key: `/pair/${round}/${end}`, value: Buffer.from(end) })))
    if (round % 50 === 49) {
      const revision = (await store.revision()) - 30
      meanwhile.push(timed(past.compactions, { revision, begun: steps(), answered: never }, store.compact(revision)))
    }
    if (round % 30 === 29) meanwhile.push(store.range({ start: '/', end: '0', limit: 1 }))
  }
  await Promise.all(meanwhile)
  note(0)
  unwatch.abort()
  return past
}

/** What a store tells (testdata/told.ts) that ended at a revision, its leases aside. */
export function toldAt(past: Past, revision: number, since: number): string[] {
  const latin = (value: Uint8Array) => Buffer.from(value).toString('latin1')
  const state = new Map<string, string>()
  const history: string[] = []
  for (const { type, key, modRevision, createRevision, lease, value } of past.events) {
    if (modRevision > revision) break
    if (modRevision >= since) history.push(`${type} ${key} ${modRevision} ${latin(value)}`)
    if (type === 'delete') state.delete(key)
    else state.set(key, [key, createRevision, modRevision, lease, latin(value)].join(' '))
  }
  const keys = [...state.keys()].sort((a, b) => (a < b ? -1 : 1))
  return [`revision ${revision}`, ...keys.map(key => state.get(key) as string), ...history]
}
