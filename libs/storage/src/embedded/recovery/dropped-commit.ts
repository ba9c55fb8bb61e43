import { writeSync } from 'node:fs'
import { pageHeader } from '../integrity/layout.ts'
import { type Meta, sealOffset } from '../integrity/meta-pages.ts'
import { bytesOf, sumOfBeginning } from '../integrity/seal.ts'

const transactionAt = pageHeader + 128

/**
 * Makes the newest commit one that wrote nothing: its beginning becomes that of the commit before it, under its own number. All of it lies in one sector, so a power
 * cut meanwhile leaves the one or the other. Not yet on the disk.
 *
 * Taking it away instead would not do: LMDB's table of readers, which outlives a process that was killed as long as another one reads, names its number.
 */
export function dropCommit(file: number, newest: Meta, older: Meta): void {
  const { page, pageSize, transaction } = newest
  const bytes = Buffer.alloc(older.bytes.length)
  older.bytes.copy(bytes, 0, 0, sealOffset)
  bytes.writeBigUInt64LE(BigInt(page), 0)
  bytes.writeBigUInt64LE(BigInt(transaction), transactionAt)
  const checksum = sumOfBeginning({ ...newest, bytes })
  bytesOf({ transaction, pages: 0, checksum }).copy(bytes, sealOffset)
  writeSync(file, bytes, 0, bytes.length, page * pageSize)
}
