import { crc32 } from 'node:zlib'
import type { LeaseId, Revision } from '../key-value-store.ts'
import { crcOfBytes, crcOfText } from './crc-of-bytes.ts'
import { StoreDamagedError } from './errors.ts'
import { memory, place } from './record-memory.ts'

/**
 * How records look on disk, since format 3. All numbers are big-endian; revisions are doubles, whose byte order is their order.
 *
 *     keys      key                   → modRevision, sub, createRevision, lease, checksums           what stands now
 *     log       revision[, sub]       → kind, previous revision and sub, createRevision, lease, checksums, key
 *     values    revision[, sub]       → the value as written, lz4 from 500 bytes on
 *     leases    id                    → time to live in seconds, checksum
 *     attached  id, key               → checksum
 *     meta      name                  → JSON: a value and its checksum
 *
 * `sub` numbers the writes of one revision from 0 on; 0 is left out of the key.
 *
 * LMDB has no checksums, so every record carries one of itself with what it lies under (CRC-32), and `keys` and `log` that of the value
 * beside it. `meta` holds the sum of those of `keys`, whose records replace each other. Format 1 had none, format 2 those of `keys` and `log`. Older records are read as they are: they tell themselves apart by
 * their length (`keys`, `leases`, `attached`), kind (`log`) and shape (`meta`), never by a single bit.
 */

/** Where a version of a key is found in `log` and `values`. */
export interface Position {
  readonly revision: Revision
  readonly sub: number
}

/** What `keys` holds for one key. */
export interface KeyState {
  readonly position: Position
  readonly createRevision: Revision
  readonly lease: LeaseId
  /** Of the value; `undefined` in a record of format 1. */
  readonly checksum: number | undefined
  /** Of the record in `keys` that told it; 0 in one of format 1. */
  readonly own?: number
}

export interface LogRecord {
  readonly type: 'put' | 'delete'
  readonly key: string
  /** What this change replaced. */
  readonly previous: Position | undefined
  readonly createRevision: Revision
  readonly lease: LeaseId
  /** Of the value; `undefined` in a record of format 1. */
  readonly checksum: number | undefined
}

/** Of a value, as records carry it. */
export function checksumOf(value: Uint8Array): number {
  return crc32(value)
}

/** @throws StoreDamagedError when it is not what was written for this key. */
export function soundValue(
  directory: string,
  key: string,
  { revision }: Position,
  value: Uint8Array,
  checksum: number | undefined,
): Uint8Array {
  if (checksum !== undefined && checksumOf(value) !== checksum)
    throw new StoreDamagedError(
      directory,
      `the value of ${JSON.stringify(key)} at revision ${revision} is not what was written`,
    )
  return value
}

/** lmdb's key encoder: writes into the target and returns the end. */
export interface KeyEncoder<K> {
  writeKey(key: K, target: Buffer, start: number): number
  readKey(source: Buffer, start: number, end: number): K
}

export const stringKeys: KeyEncoder<string> = {
  writeKey: (key, target, start) => start + target.write(key, start, 'utf8'),
  readKey: (source, start, end) => source.toString('utf8', start, end),
}

export const positionKeys: KeyEncoder<Position> = {
  writeKey(key, target, start) {
    const end = target.writeDoubleBE(key.revision, start)
    return key.sub === 0 ? end : target.writeUInt32BE(key.sub, end)
  },
  readKey: (source, start, end) => ({
    revision: source.readDoubleBE(start),
    sub: end - start > 8 ? source.readUInt32BE(start + 8) : 0,
  }),
}

export const leaseKeys: KeyEncoder<LeaseId> = {
  writeKey: (key, target, start) => target.writeBigInt64BE(key, start),
  readKey: (source, start) => source.readBigInt64BE(start),
}

export const attachedKeys: KeyEncoder<{ lease: LeaseId; key: string }> = {
  writeKey(key, target, start) {
    const end = target.writeBigInt64BE(key.lease, start)
    return end + target.write(key.key, end, 'utf8')
  },
  readKey: (source, start, end) => ({
    lease: source.readBigInt64BE(start),
    key: source.toString('utf8', start + 8, end),
  }),
}

const plainKeyState = 28

export function encodeKeyState(key: string, state: KeyState & { checksum: number }): Buffer {
  const at = place(plainKeyState + 8)
  const { bytes, view } = memory
  const end = at + plainKeyState
  view.setFloat64(at, state.position.revision)
  view.setUint32(at + 8, state.position.sub)
  view.setFloat64(at + 12, state.createRevision)
  view.setBigInt64(at + 20, state.lease)
  view.setUint32(end, state.checksum)
  view.setUint32(end + 4, crcOfBytes(bytes, at, end + 4, crcOfText(key)))
  return bytes.subarray(at, end + 8)
}

function isSoundKeyState(key: number, bytes: Buffer): boolean {
  if (bytes.length !== plainKeyState + 8) return false
  return crcOfBytes(bytes, 0, plainKeyState + 4, key) === bytes.readUInt32BE(plainKeyState + 4)
}

/** @throws StoreDamagedError when it is not what was written under this key. */
export function decodeKeyState(key: string, bytes: Buffer, directory: string): KeyState {
  const plain = bytes.length === plainKeyState
  if (!plain && !isSoundKeyState(crcOfText(key), bytes))
    throw new StoreDamagedError(directory, `what is known of ${JSON.stringify(key)} is not what was written`)
  return {
    position: { revision: bytes.readDoubleBE(0), sub: bytes.readUInt32BE(8) },
    createRevision: bytes.readDoubleBE(12),
    lease: bytes.readBigInt64BE(20),
    checksum: plain ? undefined : bytes.readUInt32BE(plainKeyState),
    own: ownChecksum(bytes),
  }
}

/** What a record of `keys` adds to the sum of all, which `meta` holds: it tells when one of them is an older one. */
export function ownChecksum(bytes: Buffer): number {
  return bytes.length === plainKeyState ? 0 : bytes.readUInt32BE(plainKeyState + 4)
}

/** Sums of checksums have 32 bits too. */
export function summed(sum: number, added: number, taken = 0): number {
  return (sum + added - taken) >>> 0
}

const plainLogHeader = 29
const logHeader = plainLogHeader + 8

/** Those of format 1 were 0 (put) and 1 (delete), those of format 2 were 2 and 3. */
const putKind = 0x36
const deleteKind = 0xc9

const kinds: Readonly<Record<number, LogRecord['type'] | undefined>> = {
  [putKind]: 'put',
  [deleteKind]: 'delete',
  0: 'put',
  1: 'delete',
  2: 'put',
  3: 'delete',
}

export function encodeLogRecord(position: Position, record: LogRecord & { checksum: number }): Buffer {
  // no character has more than three bytes
  const at = place(logHeader + record.key.length * 3)
  const { bytes, view } = memory
  bytes[at] = record.type === 'put' ? putKind : deleteKind
  view.setFloat64(at + 1, record.previous?.revision ?? 0)
  view.setUint32(at + 9, record.previous?.sub ?? 0)
  view.setFloat64(at + 13, record.createRevision)
  view.setBigInt64(at + 21, record.lease)
  view.setUint32(at + plainLogHeader, record.checksum)
  const end = at + logHeader + bytes.write(record.key, at + logHeader, 'utf8')
  view.setUint32(at + plainLogHeader + 4, logChecksum(position, bytes, at, end))
  return bytes.subarray(at, end)
}

/** @throws StoreDamagedError when it is not what was written at this position. */
export function decodeLogRecord(position: Position, bytes: Buffer, directory: string): LogRecord {
  const kind = bytes.length < plainLogHeader ? -1 : bytes.readUInt8(0)
  const plain = kind === 0 || kind === 1
  const type = kinds[kind]
  if (type === undefined || !isSoundLogRecord(position, bytes))
    throw new StoreDamagedError(directory, `the record of revision ${position.revision} is not what was written`)
  const previous = bytes.readDoubleBE(1)
  return {
    type,
    key: bytes.toString('utf8', plain ? plainLogHeader : logHeader),
    previous: previous === 0 ? undefined : { revision: previous, sub: bytes.readUInt32BE(9) },
    createRevision: bytes.readDoubleBE(13),
    lease: bytes.readBigInt64BE(21),
    checksum: plain ? undefined : bytes.readUInt32BE(plainLogHeader),
  }
}

/** Whether it is what was written at this position; of a record of format 1 nobody knows. */
function isSoundLogRecord(position: Position, bytes: Buffer): boolean {
  if (bytes.length < plainLogHeader) return false
  const kind = bytes.readUInt8(0)
  if (kind === 0 || kind === 1) return true
  if (kinds[kind] === undefined || bytes.length <= logHeader) return false
  return logChecksum(position, bytes, 0, bytes.length) === bytes.readUInt32BE(plainLogHeader + 4)
}

/** Over all but its own four bytes, and the position. */
function logChecksum({ revision, sub }: Position, bytes: Buffer, from: number, to: number): number {
  const seed = ((revision % 2 ** 32) ^ sub) >>> 0
  return crcOfBytes(bytes, from + logHeader, to, crcOfBytes(bytes, from, from + plainLogHeader + 4, seed))
}

export function encodeLease(id: LeaseId, ttl: number): Buffer {
  const bytes = Buffer.allocUnsafe(12)
  bytes.writeDoubleBE(ttl, 0)
  bytes.writeUInt32BE(leaseChecksum(id, bytes), 8)
  return bytes
}

/** @throws StoreDamagedError when it is not what was written under this id. */
export function decodeLease(id: LeaseId, bytes: Buffer, directory: string): number {
  const plain = bytes.length === 8
  if (!plain && (bytes.length !== 12 || leaseChecksum(id, bytes) !== bytes.readUInt32BE(8)))
    throw new StoreDamagedError(directory, `what is known of the lease ${id} is not what was written`)
  return bytes.readDoubleBE(0)
}

function leaseChecksum(id: LeaseId, bytes: Buffer): number {
  const key = Buffer.allocUnsafe(8)
  key.writeBigInt64BE(id)
  return crc32(bytes.subarray(0, 8), crc32(key))
}

/** What lies under a lease and a key that is attached to it. */
export function encodeAttached(lease: LeaseId, key: string): Buffer {
  const under = Buffer.allocUnsafe(8 + Buffer.byteLength(key))
  under.writeBigInt64BE(lease)
  under.write(key, 8, 'utf8')
  const bytes = Buffer.allocUnsafe(4)
  bytes.writeUInt32BE(crc32(under))
  return bytes
}

export function encodeCounter(name: string, value: number): Buffer {
  return Buffer.from(JSON.stringify({ value, checksum: counterChecksum(name, value) }))
}

/** @throws StoreDamagedError when it is not what was written under this name. */
export function decodeCounter(name: string, bytes: Buffer, directory: string): number {
  const found = parsed(bytes)
  if (typeof found === 'number' && Number.isSafeInteger(found)) return found
  if (typeof found === 'object' && found !== null && 'value' in found && 'checksum' in found) {
    const { value, checksum } = found
    if (typeof value === 'number' && checksum === counterChecksum(name, value)) return value
  }
  throw new StoreDamagedError(directory, `its ${name} is not what was written`)
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString())
  } catch {
    return undefined
  }
}

function counterChecksum(name: string, value: number): number {
  return crc32(String(value), crc32(name))
}

/** How every record is compared with its checksum without being decoded: by the table, the bytes of its key and of itself. */
export const soundness: Readonly<Record<string, (key: Buffer, bytes: Buffer) => boolean>> = {
  keys: (key, bytes) => bytes.length === plainKeyState || isSoundKeyState(crc32(key), bytes),
  log: (key, bytes) =>
    (key.length === 8 || key.length === 12) && isSoundLogRecord(positionKeys.readKey(key, 0, key.length), bytes),
  leases: (key, bytes) =>
    key.length === 8 &&
    (bytes.length === 8 || (bytes.length === 12 && crc32(bytes.subarray(0, 8), crc32(key)) === bytes.readUInt32BE(8))),
  attached: (key, bytes) => bytes.length === 1 || (bytes.length === 4 && crc32(key) === bytes.readUInt32BE(0)),
  meta: (key, bytes) => {
    try {
      decodeCounter(key.toString(), bytes, '')
      return true
    } catch {
      return false
    }
  },
}
