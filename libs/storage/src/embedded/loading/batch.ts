import type { KeyValue, LeaseId, Revision } from '../../key-value-store.ts'
import { type Batch, columns } from './contract.ts'

/** A batch has one slab; a value that is larger has one of its own. */
const slabBytes = 2 ** 20
const mostInBatch = 8_192

/** Puts key-values together until their values fill a slab. */
export class BatchWriter {
  readonly #full: (batch: Batch) => void
  #slab: Uint8Array<SharedArrayBuffer> | undefined
  #used = 0
  #count = 0
  #keys = Buffer.allocUnsafeSlow(64 * 1024)
  #keysEnd = 0
  readonly #numbers = new Int32Array(mostInBatch * columns.size)
  readonly #revisions = new Float64Array(mostInBatch * 2)
  readonly #leases = new BigInt64Array(mostInBatch)
  #leased = false

  constructor(full: (batch: Batch) => void) {
    this.#full = full
  }

  add({ key, value, createRevision, modRevision, lease }: KeyValue, place: number): void {
    if (this.#count === mostInBatch || (this.#slab && this.#used + value.length > this.#slab.length)) this.end()
    this.#slab ??= new Uint8Array(new SharedArrayBuffer(Math.max(slabBytes, value.length)))
    this.#slab.set(value, this.#used)
    this.#used += value.length
    const i = this.#count++
    const at = i * columns.size
    this.#numbers[at + columns.place] = place
    this.#numbers[at + columns.keyEnd] = this.#writeKey(key)
    this.#numbers[at + columns.valueEnd] = this.#used
    this.#revisions[i * 2] = createRevision
    this.#revisions[i * 2 + 1] = modRevision
    this.#leases[i] = lease
    this.#leased ||= lease !== 0n
  }

  /** What has come together goes, as after the last one. */
  end(): void {
    if (this.#slab === undefined) return
    const count = this.#count
    const batch: Batch = {
      count,
      keys: Uint8Array.from(this.#keys.subarray(0, this.#keysEnd)),
      numbers: this.#numbers.slice(0, count * columns.size),
      revisions: this.#revisions.slice(0, count * 2),
      leases: this.#leased ? this.#leases.slice(0, count) : undefined,
      memory: this.#slab.buffer,
    }
    this.#slab = undefined
    this.#used = 0
    this.#count = 0
    this.#keysEnd = 0
    this.#leased = false
    this.#full(batch)
  }

  #writeKey(key: string): number {
    // a unit of a string is three bytes of UTF-8 at most
    const most = this.#keysEnd + key.length * 3
    if (most > this.#keys.length) {
      const longer = Buffer.allocUnsafeSlow(most * 2)
      longer.set(this.#keys.subarray(0, this.#keysEnd))
      this.#keys = longer
    }
    this.#keysEnd += this.#keys.write(key, this.#keysEnd, 'utf8')
    return this.#keysEnd
  }
}

const noLease: LeaseId = 0n

/** Reads a batch again, one key-value after the other. */
export class BatchReader {
  /** Of the key-value that was read last: its number in the order of keys. */
  place = 0
  readonly #batch: Batch
  readonly #keys: Buffer
  #next = 0
  #keyStart = 0
  #valueStart = 0

  constructor(batch: Batch) {
    this.#batch = batch
    this.#keys = Buffer.from(batch.keys.buffer, batch.keys.byteOffset, batch.keys.byteLength)
  }

  next(): KeyValue | undefined {
    const { count, numbers, revisions, leases, memory } = this.#batch
    if (this.#next === count) return undefined
    const i = this.#next++
    const at = i * columns.size
    this.place = numbers[at + columns.place] as number
    const keyEnd = numbers[at + columns.keyEnd] as number
    const valueEnd = numbers[at + columns.valueEnd] as number
    const key = this.#keys.toString('utf8', this.#keyStart, keyEnd)
    const value = new Uint8Array(memory, this.#valueStart, valueEnd - this.#valueStart)
    this.#keyStart = keyEnd
    this.#valueStart = valueEnd
    const createRevision = revisionAt(revisions, i * 2)
    const modRevision = revisionAt(revisions, i * 2 + 1)
    return { key, value, createRevision, modRevision, lease: (leases?.[i] as LeaseId | undefined) ?? noLease }
  }
}

/** As a small integer where it is one: numbers out of an array of doubles would be objects of their own wherever they are kept. */
function revisionAt(revisions: Float64Array, i: number): Revision {
  const revision = revisions[i] as number
  const small = revision | 0
  return small === revision ? small : revision
}
