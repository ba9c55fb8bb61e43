import type { LiteralValue } from './expression.ts'
import { kind, type TokenKind } from './tokens.ts'

/** What a literal stands for, or why it stands for nothing. A text with an escape that means nothing has both: it stands for what is written. */
export function literalValue(found: TokenKind, text: string): { value?: LiteralValue; error?: string } {
  switch (found) {
    case kind.true:
      return { value: true }
    case kind.false:
      return { value: false }
    case kind.null:
      return { value: null }
    case kind.string:
    case kind.bytes: {
      const bytes = found === kind.bytes
      const read = unquote(bytes ? text.slice(1) : text, bytes)
      return 'value' in read ? read : { value: text, error: read.error }
    }
    case kind.uint: {
      const value = uintLiteral(text)
      return value === undefined ? invalid('uint') : { value: { uint: value } }
    }
    case kind.float: {
      const value = doubleLiteral(text)
      return value === undefined ? invalid('double') : { value }
    }
    default: {
      const value = intLiteral(text)
      return value === undefined ? invalid('int') : { value }
    }
  }
}

const invalid = (type: string) => ({ error: `invalid ${type} literal` })

/** What stands between the quotes of a string or bytes literal; `undefined` and a reason where an escape means nothing. */
function unquote(text: string, bytes: boolean): { value: string | Uint8Array } | { error: string } {
  const normal = text.replace(/\r\n?/g, '\n')
  const raw = /^[rR]/.test(normal)
  const quoted = raw ? normal.slice(1) : normal
  const triple = quoted.length >= 6 && (quoted.startsWith("'''") || quoted.startsWith('"""'))
  const inner = triple ? quoted.slice(3, -3) : quoted.slice(1, -1)
  if (raw || !inner.includes('\\')) return { value: bytes ? Buffer.from(inner) : inner }
  const parts: Buffer[] = []
  let result = ''
  for (let at = 0; at < inner.length; ) {
    const point = String.fromCodePoint(inner.codePointAt(at) as number)
    if (point !== '\\') {
      if (bytes) parts.push(Buffer.from(point))
      else result += point
      at += point.length
      continue
    }
    const read = readEscape(inner, at)
    at += read.length
    if (bytes) {
      if (read.kind === 'unicode') return { error: 'unable to unescape string' }
      parts.push(Buffer.of(read.code))
    } else {
      if (read.code > 0x10ffff || (read.code >= 0xd800 && read.code < 0xe000))
        return { error: 'invalid unicode code point' }
      result += String.fromCodePoint(read.code)
    }
  }
  return { value: bytes ? Buffer.concat(parts) : result }
}

const single = new Map([
  ['a', 7],
  ['b', 8],
  ['f', 12],
  ['n', 10],
  ['r', 13],
  ['t', 9],
  ['v', 11],
])

function readEscape(text: string, at: number): { code: number; length: number; kind: 'byte' | 'unicode' } {
  const letter = text[at + 1] as string
  const simple = single.get(letter)
  if (simple !== undefined) return { code: simple, length: 2, kind: 'byte' }
  const digits = (count: number, base: number, from: number) => Number.parseInt(text.slice(from, from + count), base)
  if (letter === 'x' || letter === 'X') return { code: digits(2, 16, at + 2), length: 4, kind: 'byte' }
  if (letter === 'u') return { code: digits(4, 16, at + 2), length: 6, kind: 'unicode' }
  if (letter === 'U') return { code: digits(8, 16, at + 2), length: 10, kind: 'unicode' }
  if (/[0-3]/.test(letter)) return { code: digits(3, 8, at + 1), length: 4, kind: 'byte' }
  return { code: letter.charCodeAt(0), length: 2, kind: 'byte' }
}

const int64 = { least: -(2n ** 63n), greatest: 2n ** 63n - 1n }
const greatestUint64 = 2n ** 64n - 1n

function intLiteral(text: string): bigint | undefined {
  const value = text.startsWith('-') ? -BigInt(text.slice(1)) : BigInt(text)
  return value < int64.least || value > int64.greatest ? undefined : value
}

function uintLiteral(text: string): bigint | undefined {
  const value = BigInt(text.slice(0, -1))
  return value > greatestUint64 ? undefined : value
}

function doubleLiteral(text: string): number | undefined {
  const value = Number(text)
  return Number.isFinite(value) ? value : undefined
}
