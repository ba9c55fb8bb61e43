/** A part of a content: from a byte on, so many. */
export interface Range {
  readonly start: number
  readonly length: number
}

/** Why there is no such part, in Go's words. */
export type BadRange = 'invalid range' | 'invalid range: failed to overlap'

/** Reading more characters would hold the loop for milliseconds. */
const longest = 16 * 1024

/** As Go's `strconv.ParseInt` takes them; beyond what it holds there are none. */
const integer = /^[+-]?\d+$/
const largest = 2n ** 63n - 1n

/**
 * What a `Range` asks for of a content of `size` bytes (RFC 9110, 14.1.2), read as Go's `http.ServeContent` does: signs and spaces are taken, parts that nobody named are passed
 * over, and parts beyond the end left out as long as there are others. No part at all: the whole is meant; so it is of a header of more than 16 KiB.
 */
export function readRanges(header: string, size: number): readonly Range[] | BadRange {
  if (header === '' || header.length > longest) return []
  if (!header.startsWith('bytes=')) return 'invalid range'
  const ranges: Range[] = []
  let beyond = false
  for (const part of header.slice('bytes='.length).split(',')) {
    const one = trimmed(part)
    if (one === '') continue
    const range = readRange(one, size)
    if (range === undefined) return 'invalid range'
    if (range.start >= size && range.length > 0) beyond = true
    else ranges.push(range)
  }
  return beyond && ranges.length === 0 ? 'invalid range: failed to overlap' : ranges
}

function readRange(text: string, size: number): Range | undefined {
  const dash = text.indexOf('-')
  if (dash === -1) return undefined
  const [first, last] = [trimmed(text.slice(0, dash)), trimmed(text.slice(dash + 1))]
  if (first === '') {
    const length = last.startsWith('-') ? undefined : readInteger(last)
    if (length === undefined || length < 0) return undefined
    const all = Math.min(length, size)
    return { start: size - all, length: all }
  }
  const start = readInteger(first)
  if (start === undefined || start < 0) return undefined
  // Go looks no further
  if (start >= size) return { start, length: 1 }
  if (last === '') return { start, length: size - start }
  const end = readInteger(last)
  if (end === undefined || start > end) return undefined
  return { start, length: Math.min(end, size - 1) - start + 1 }
}

function readInteger(text: string): number | undefined {
  if (!integer.test(text)) return undefined
  const value = BigInt(text.replace('+', ''))
  return value > largest || value < -largest - 1n ? undefined : Number(value)
}

const trimmed = (text: string) => text.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, '')
