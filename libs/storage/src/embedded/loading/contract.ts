import type { Revision } from '../../key-value-store.ts'
import type { Dropped } from '../recovery/whole-store.ts'

/** What the thread is started with. */
export interface Task {
  readonly directory: string
  readonly range: { readonly start: string; readonly end: string }
  /** Numbers at {@link places}: how both sides tell each other without a message. */
  readonly signals: SharedArrayBuffer
}

/** In `Task.signals`, 32 bits each. */
export const places = {
  /** Not 0: the thread leaves off. */
  stop: 0,
  /** Batches that were taken in since the beginning. */
  taken: 1,
  /** Pages that nobody has begun: the thread takes them from the front, the loop from the back. */
  left: 2,
  length: 3,
} as const

/** Key-values in columns: few objects are made, copied and collected for many of them. */
export interface Batch {
  readonly count: number
  /** UTF-8, one behind the other. */
  readonly keys: Uint8Array<ArrayBuffer>
  /** `columns.size` numbers of each. */
  readonly numbers: Int32Array<ArrayBuffer>
  /** Of each when it was created, and when it was changed. */
  readonly revisions: Float64Array<ArrayBuffer>
  /** Of each, or nothing where none has one. */
  readonly leases: BigInt64Array<ArrayBuffer> | undefined
  /** Where all values lie, one behind the other. Nobody writes it again: whoever takes the batch may keep them there. */
  readonly memory: SharedArrayBuffer
}

/** In `Batch.numbers`: its number in the order of keys, and where its key and its value end. */
export const columns = { place: 0, keyEnd: 1, valueEnd: 2, size: 3 } as const

/** What the thread tells, in this order; anything else that happens to it ends it with an error. */
export type Report =
  /** The file may be opened. */
  | { readonly type: 'whole'; readonly dropped: Dropped | undefined }
  | { readonly type: 'damaged'; readonly page: number; readonly what: string }
  | { readonly type: 'refused'; readonly why: string }
  /** As of which revision all is read, and how many keys there are. */
  | { readonly type: 'began'; readonly revision: Revision; readonly keys: number }
  | { readonly type: 'batch'; readonly batch: Batch }
  /** It has no more; the loop may still have. */
  | { readonly type: 'end' }
