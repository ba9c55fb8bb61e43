import { crc32 } from 'node:zlib'

/** What CRC-32 adds for each byte. */
const table = Int32Array.from({ length: 256 }, (_, byte) => {
  let value = byte
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1
  return value
})

/** zlib's `crc32` of some tens of bytes, for which a call into it and a view of them cost more than the loop. */
export function crcOfBytes(bytes: Uint8Array, from: number, to: number, before: number): number {
  let crc = ~before
  for (let i = from; i < to; i++) crc = (table[(crc ^ (bytes[i] as number)) & 0xff] as number) ^ (crc >>> 8)
  return ~crc >>> 0
}

/** The same of a text's UTF-8. */
export function crcOfText(text: string): number {
  let crc = -1
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit > 0x7f) return crc32(text)
    crc = (table[(crc ^ unit) & 0xff] as number) ^ (crc >>> 8)
  }
  return ~crc >>> 0
}
