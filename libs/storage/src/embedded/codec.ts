import type { LeaseId, Revision } from '../key-value-store.ts'

/**
 * How records look on disk, format 1. All numbers are big-endian; revisions are doubles, whose byte order is their order.
 *
 *     keys      key                   → modRevision, sub, createRevision, lease           what stands now
 *     log       revision[, sub]       → kind, previous revision and sub, createRevision, lease, key
 *     values    revision[, sub]       → the value as written, lz4 from 500 bytes on
 *     leases    id                    → time to live in seconds
 *     attached  id, key               → (one byte)
 *     meta      name                  → JSON
 *
 * `sub` numbers the writes of one revision from 0 on; 0 is left out of the key.
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
}

export interface LogRecord {
  readonly type: 'put' | 'delete'
  readonly key: string
  /** What this change replaced. */
  readonly previous: Position | undefined
  readonly createRevision: Revision
  readonly lease: LeaseId
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

export function encodeKeyState(state: KeyState): Buffer {
  const bytes = Buffer.allocUnsafe(28)
  bytes.writeDoubleBE(state.position.revision, 0)
  bytes.writeUInt32BE(state.position.sub, 8)
  bytes.writeDoubleBE(state.createRevision, 12)
  bytes.writeBigInt64BE(state.lease, 20)
  return bytes
}

export function decodeKeyState(bytes: Buffer): KeyState {
  return {
    position: { revision: bytes.readDoubleBE(0), sub: bytes.readUInt32BE(8) },
    createRevision: bytes.readDoubleBE(12),
    lease: bytes.readBigInt64BE(20),
  }
}

const logHeader = 29

export function encodeLogRecord(record: LogRecord): Buffer {
  const bytes = Buffer.allocUnsafe(logHeader + Buffer.byteLength(record.key))
  bytes.writeUInt8(record.type === 'put' ? 0 : 1, 0)
  bytes.writeDoubleBE(record.previous?.revision ?? 0, 1)
  bytes.writeUInt32BE(record.previous?.sub ?? 0, 9)
  bytes.writeDoubleBE(record.createRevision, 13)
  bytes.writeBigInt64BE(record.lease, 21)
  bytes.write(record.key, logHeader, 'utf8')
  return bytes
}

export function decodeLogRecord(bytes: Buffer): LogRecord {
  const previous = bytes.readDoubleBE(1)
  return {
    type: bytes.readUInt8(0) === 0 ? 'put' : 'delete',
    key: bytes.toString('utf8', logHeader),
    previous: previous === 0 ? undefined : { revision: previous, sub: bytes.readUInt32BE(9) },
    createRevision: bytes.readDoubleBE(13),
    lease: bytes.readBigInt64BE(21),
  }
}
