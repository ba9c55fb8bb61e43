import type { KeyValue, LeaseId, Revision, StoreEvent } from './key-value-store.ts'

/** Who does not look at the value may go on with it; who does is told what is wrong. */
export class UnreadableKeyValue implements KeyValue {
  readonly key: string
  readonly createRevision: Revision
  readonly modRevision: Revision
  readonly lease: LeaseId
  readonly unreadable: Error

  constructor({ key, createRevision, modRevision, lease }: KeyValue, unreadable: Error) {
    this.key = key
    this.createRevision = createRevision
    this.modRevision = modRevision
    this.lease = lease
    this.unreadable = unreadable
  }

  get value(): Uint8Array {
    throw this.unreadable
  }
}

export class UnreadableEvent extends UnreadableKeyValue implements StoreEvent {
  readonly type = 'put'
}
