import { writeSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import { type Meta, sealOffset } from './meta-pages.ts'

/**
 * What a commit wrote, kept behind its beginning in the same sector: proof, after a power cut, that all of it reached the disk.
 *
 *     8 magic   8 transaction   4 pages   4 CRC-32 of the beginning and of those pages   4 CRC-32 of the 24 bytes before        little-endian
 */
export interface Seal {
  readonly transaction: number
  readonly pages: number
  readonly checksum: number
}

const magic = 0x4b42_5345_414c_0001n
const sealBytes = 28

/** A commit that was dropped: its beginning is that of the one before it, with another number. */
export function isDropped(meta: Meta): boolean {
  const seal = sealOf(meta)
  return seal !== undefined && seal.pages === 0 && seal.checksum === sumOfBeginning(meta)
}

/** What a seal's checksum begins with. */
export function sumOfBeginning({ bytes }: Meta): number {
  return crc32(bytes.subarray(0, sealOffset))
}

/** Brings it into the file, not to the disk. */
export function writeSeal(file: number, { page, pageSize }: Meta, seal: Seal): void {
  writeSync(file, bytesOf(seal), 0, sealBytes, page * pageSize + sealOffset)
}

export function bytesOf(seal: Seal): Buffer {
  const bytes = Buffer.alloc(sealBytes)
  bytes.writeBigUInt64LE(magic, 0)
  bytes.writeDoubleLE(seal.transaction, 8)
  bytes.writeUInt32LE(seal.pages, 16)
  bytes.writeUInt32LE(seal.checksum, 20)
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 24)), 24)
  return bytes
}

/** Nothing: the commit whose beginning this is has none. */
export function sealOf({ bytes, transaction }: Meta): Seal | undefined {
  const seal = bytes.subarray(sealOffset, sealOffset + sealBytes)
  if (seal.readBigUInt64LE(0) !== magic || seal.readUInt32LE(24) !== crc32(seal.subarray(0, 24))) return undefined
  if (seal.readDoubleLE(8) !== transaction) return undefined
  return { transaction, pages: seal.readUInt32LE(16), checksum: seal.readUInt32LE(20) }
}
