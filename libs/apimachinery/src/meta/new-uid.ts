import { randomByte } from './random-bytes.ts'

const digits = Buffer.from('0123456789abcdef')
const text = Buffer.from('xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx')
/** Where the digits of each byte stand. */
const places = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34]

/** A random UUID (RFC 9562, version 4). Node's own is joined of twenty pieces, a kilobyte of garbage a write. */
export function newUid(): string {
  for (let i = 0; i < places.length; i++) {
    const random = randomByte()
    const byte = i === 6 ? (random & 0x0f) | 0x40 : i === 8 ? (random & 0x3f) | 0x80 : random
    const at = places[i] as number
    text[at] = digits[byte >> 4] as number
    text[at + 1] = digits[byte & 0x0f] as number
  }
  return text.toString('latin1')
}
