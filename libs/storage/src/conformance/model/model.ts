import type { KeyValue, LeaseId, Revision, StoreEvent } from '../../key-value-store.ts'

/** The store as simple as it can be written: a list of changes. */
export class Model {
  readonly changes: StoreEvent[] = []
  readonly leases = new Set<LeaseId>()
  /** Where its history begins. */
  readonly first: Revision
  revision: Revision
  compacted: Revision

  constructor(revision: Revision, compacted: Revision) {
    this.first = revision
    this.revision = revision
    this.compacted = compacted
  }

  at(revision: Revision): Map<string, StoreEvent> {
    const state = new Map<string, StoreEvent>()
    for (const change of this.changes) {
      if (change.modRevision > revision) break
      if (change.type === 'put') state.set(change.key, change)
      else state.delete(change.key)
    }
    return state
  }

  now(): Map<string, StoreEvent> {
    return this.at(this.revision)
  }

  /** What stands in a range, in order. */
  range(start: string, end: string, revision: Revision): StoreEvent[] {
    return [...this.at(revision).values()]
      .filter(({ key }) => key >= start && key < end)
      .sort((a, b) => (a.key < b.key ? -1 : 1))
  }

  /** All at one revision; without a value it is a deletion. */
  write(writes: readonly { key: string; value: Uint8Array | undefined; lease?: LeaseId }[]): void {
    const before = this.now()
    this.revision++
    for (const { key, value, lease = 0n } of writes)
      this.changes.push({
        type: value ? 'put' : 'delete',
        key,
        value: value ?? new Uint8Array(0),
        createRevision: value ? (before.get(key)?.createRevision ?? this.revision) : 0,
        modRevision: this.revision,
        lease: value ? lease : 0n,
      })
  }

  revoke(lease: LeaseId): void {
    this.leases.delete(lease)
    const keys = [...this.now().values()].filter(kv => kv.lease === lease).map(({ key }) => key)
    if (keys.length > 0) this.write(keys.sort().map(key => ({ key, value: undefined })))
  }
}

/** What is compared of a key-value or an event. */
export function plain(kv: KeyValue | StoreEvent) {
  return {
    key: kv.key,
    value: Buffer.from(kv.value).toString('latin1'),
    createRevision: kv.createRevision,
    modRevision: kv.modRevision,
    lease: kv.lease,
  }
}
