import type { LeaseId } from '../../key-value-store.ts'
import { attachedKeys, type KeyEncoder, leaseKeys, type Position, positionKeys, stringKeys } from '../codec.ts'

/** The keys of each table. */
export interface TableKeys {
  keys: string
  log: Position
  values: Position
  leases: LeaseId
  attached: { lease: LeaseId; key: string }
  meta: string
}
export type TableName = keyof TableKeys

/** In the order of their numbers in a batch. */
export const tableNames = [
  'keys',
  'log',
  'values',
  'leases',
  'attached',
  'meta',
] as const satisfies readonly TableName[]

const encoders: { readonly [T in TableName]: KeyEncoder<TableKeys[T]> } = {
  keys: stringKeys,
  log: positionKeys,
  values: positionKeys,
  leases: leaseKeys,
  attached: attachedKeys,
  meta: stringKeys,
}
const numbers = Object.fromEntries(tableNames.map((name, i) => [name, i])) as Record<TableName, number>

/** Longer than any key that LMDB takes, as its encoder may write it. */
const keySpace = 8_192
const header = 8
const removed = 0xffffffff

/** A batch begins with so much, and is kept for the next one up to so much: some 64 changes of usual size. */
const firstBytes = 256 * 1024
const mostKept = 4 * 1024 * 1024

/**
 * What one commit does to the tables, as bytes that a thread can be given:
 *
 *     table (1 byte)   0   length of the key (2)   length of the value, or 0xffffffff: removed (4)   key   value        …
 */
export class WriteBatch {
  #bytes: Buffer
  #view: DataView
  #used = 0

  constructor(memory: ArrayBuffer = new ArrayBuffer(firstBytes)) {
    this.#bytes = Buffer.from(memory)
    this.#view = new DataView(memory)
  }

  get length(): number {
    return this.#used
  }

  put<T extends TableName>(table: T, key: TableKeys[T], value: Uint8Array): void {
    const at = this.#head(table, key, value.length, value.length)
    this.#bytes.set(value, at)
    this.#used = at + value.length
  }

  /** What it holds, in its own memory. */
  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#used)
  }

  /** All that another batch does, after what this one does. */
  append(batch: Uint8Array): void {
    if (this.#used + batch.length > this.#bytes.length) this.#grow(batch.length)
    this.#bytes.set(batch, this.#used)
    this.#used += batch.length
  }

  /** Forgets what it does after its first so many bytes. */
  cut(length: number): void {
    this.#used = length
  }

  remove<T extends TableName>(table: T, key: TableKeys[T]): void {
    this.#used = this.#head(table, key, removed, 0)
  }

  /** Where the value begins. */
  #head<T extends TableName>(table: T, key: TableKeys[T], length: number, space: number): number {
    const at = this.#used
    if (at + header + keySpace + space > this.#bytes.length) this.#grow(header + keySpace + space)
    const begin = at + header
    const end = encoders[table].writeKey(key, this.#bytes, begin)
    const view = this.#view
    view.setUint16(at, numbers[table] << 8)
    view.setUint16(at + 2, end - begin)
    view.setUint32(at + 4, length)
    return end
  }

  #grow(space: number): void {
    const memory = new ArrayBuffer(Math.max(this.#bytes.length * 2, this.#used + space))
    const bytes = Buffer.from(memory)
    this.#bytes.copy(bytes, 0, 0, this.#used)
    this.#bytes = bytes
    this.#view = new DataView(memory)
  }

  /** Its memory, to be given away: the batch is of no use without {@link refill}. */
  get memory(): ArrayBuffer {
    return this.#bytes.buffer as ArrayBuffer
  }

  /** Empty again, with this memory or, where that has grown large, a new one. */
  refill(memory: ArrayBuffer): void {
    const kept = memory.byteLength > 0 && memory.byteLength <= mostKept ? memory : new ArrayBuffer(firstBytes)
    this.#bytes = Buffer.from(kept)
    this.#view = new DataView(kept)
    this.#used = 0
  }
}

/** Where the writes of a batch go: tables whose keys are bytes. */
export interface RawTable {
  put(key: Buffer, value: Buffer): unknown
  remove(key: Buffer): unknown
}

/** How many changes a batch has at most: of which none has two records of a table, other than `meta`. */
export function changesIn(memory: ArrayBuffer, length: number): number {
  const counts = tableNames.map(() => 0)
  const tables = tableNames.map((name, i) => {
    const count = () => {
      if (name !== 'meta') counts[i] = (counts[i] as number) + 1
    }
    return { put: count, remove: count }
  })
  applyBatch(memory, length, tables)
  return Math.max(...counts)
}

/** Does what the batch says; `tables` in the order of {@link tableNames}. */
export function applyBatch(memory: ArrayBuffer, length: number, tables: readonly RawTable[]): void {
  const bytes = Buffer.from(memory, 0, length)
  for (let at = 0; at < length; ) {
    const table = tables[bytes.readUInt8(at)] as RawTable
    const begin = at + header
    const end = begin + bytes.readUInt16BE(at + 2)
    const size = bytes.readUInt32BE(at + 4)
    const key = bytes.subarray(begin, end)
    if (size === removed) {
      table.remove(key)
      at = end
    } else {
      table.put(key, bytes.subarray(end, end + size))
      at = end + size
    }
  }
}
