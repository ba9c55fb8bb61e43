import { crc32 } from 'node:zlib'

/**
 * A commit as the journal has it, all numbers big-endian:
 *
 *     0   KUBETSJ1
 *     8   CRC-32 of all that follows, the batch included
 *     12  the store's journal id
 *     16  its number, a double: each is one more than the one before
 *     24  length of the batch
 *     28  the batch (writing/write-batch.ts)
 *
 * Records begin at whole pages of the file, so that writing one never touches what another one has.
 */
const magic = Buffer.from('KUBETSJ1')
const checksumAt = 8
const idAt = 12
const numberAt = 16
const lengthAt = 24
const header = 28

/** What a record begins at a multiple of: no disk writes more than that as one, and the kernel's cache has pages of it. */
export const alignment = 4096

export interface JournalRecord {
  readonly number: number
  readonly batch: Buffer
}

/** What a batch of so many bytes takes in the file. */
export function spaceOf(length: number): number {
  return Math.ceil((header + length) / alignment) * alignment
}

/** Returns how many bytes are to be written; `target` has room for them. */
export function encodeRecord(target: Buffer, id: number, number: number, batch: Uint8Array): number {
  const end = header + batch.length
  magic.copy(target)
  target.writeUInt32BE(id, idAt)
  target.writeDoubleBE(number, numberAt)
  target.writeUInt32BE(batch.length, lengthAt)
  target.set(batch, header)
  target.writeUInt32BE(crc32(target.subarray(idAt, end)), checksumAt)
  const space = spaceOf(batch.length)
  target.fill(0, end, space)
  return space
}

/** The record of this journal that stands there, if one does and every byte of it is what was written. */
export function decodeRecord(file: Buffer, at: number, id: number): JournalRecord | undefined {
  if (at + header > file.length || magic.compare(file, at, at + magic.length) !== 0) return undefined
  const end = at + header + file.readUInt32BE(at + lengthAt)
  if (end > file.length || file.readUInt32BE(at + idAt) !== id) return undefined
  if (crc32(file.subarray(at + idAt, end)) !== file.readUInt32BE(at + checksumAt)) return undefined
  return { number: file.readDoubleBE(at + numberAt), batch: file.subarray(at + header, end) }
}
