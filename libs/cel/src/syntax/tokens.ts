import type { Issue, Source } from './source.ts'

/** Kinds of tokens, numbered as in CEL's grammar: lists of what was expected are shown in this order. */
export const kind = {
  eof: 0,
  equals: 1,
  notEquals: 2,
  in: 3,
  less: 4,
  lessEquals: 5,
  greaterEquals: 6,
  greater: 7,
  and: 8,
  or: 9,
  leftBracket: 10,
  rightBracket: 11,
  leftBrace: 12,
  rightBrace: 13,
  leftParenthesis: 14,
  rightParenthesis: 15,
  dot: 16,
  comma: 17,
  minus: 18,
  exclamation: 19,
  question: 20,
  colon: 21,
  plus: 22,
  star: 23,
  slash: 24,
  percent: 25,
  true: 26,
  false: 27,
  null: 28,
  float: 31,
  int: 32,
  uint: 33,
  string: 34,
  bytes: 35,
  identifier: 36,
  escapedIdentifier: 37,
} as const

export type TokenKind = (typeof kind)[keyof typeof kind]

export interface Token {
  kind: TokenKind
  text: string
  /** In code points. */
  start: number
}

const punctuation = new Map<string, TokenKind>([
  ['==', kind.equals],
  ['!=', kind.notEquals],
  ['<', kind.less],
  ['<=', kind.lessEquals],
  ['>=', kind.greaterEquals],
  ['>', kind.greater],
  ['&&', kind.and],
  ['||', kind.or],
  ['[', kind.leftBracket],
  [']', kind.rightBracket],
  ['{', kind.leftBrace],
  ['}', kind.rightBrace],
  ['(', kind.leftParenthesis],
  [')', kind.rightParenthesis],
  ['.', kind.dot],
  [',', kind.comma],
  ['-', kind.minus],
  ['!', kind.exclamation],
  ['?', kind.question],
  [':', kind.colon],
  ['+', kind.plus],
  ['*', kind.star],
  ['/', kind.slash],
  ['%', kind.percent],
])

const words = new Map<string, TokenKind>([
  ['in', kind.in],
  ['true', kind.true],
  ['false', kind.false],
  ['null', kind.null],
])

const names = new Map<TokenKind, string>([
  [kind.eof, '<EOF>'],
  ...[...punctuation, ...words].map(([text, each]) => [each, `'${text}'`] as const),
  [kind.float, 'NUM_FLOAT'],
  [kind.int, 'NUM_INT'],
  [kind.uint, 'NUM_UINT'],
  [kind.string, 'STRING'],
  [kind.bytes, 'BYTES'],
  [kind.identifier, 'IDENTIFIER'],
  [kind.escapedIdentifier, 'ESC_IDENTIFIER'],
])

export const nameOf = (each: TokenKind): string => names.get(each) as string

/** The tokens of an expression, the end among them. What is no token is an issue, and skipped. */
export function tokensOf(source: Source, issues: Issue[]): Token[] {
  const points = source.codePoints
  const tokens: Token[] = []
  let at = 0
  while (at < points.length) {
    const blank = skipBlank(points, at)
    if (blank > at) {
      at = blank
      continue
    }
    const { end, kind: found, died } = longestToken(points, at)
    if (found === undefined) {
      const text = points.slice(at, died + 1).join('')
      issues.push({
        location: source.locationOf(at),
        message: `Syntax error: token recognition error at: '${text}'`,
      })
      at = died + 1
      continue
    }
    tokens.push({ kind: found, text: points.slice(at, end).join(''), start: at })
    at = end
  }
  tokens.push({ kind: kind.eof, text: '<EOF>', start: points.length })
  return tokens
}

function skipBlank(points: readonly string[], from: number): number {
  let at = from
  while (at < points.length && /[\t \r\n\f]/.test(points[at] as string)) at++
  if (points[at] === '/' && points[at + 1] === '/') while (at < points.length && points[at] !== '\n') at++
  return at
}

/** `end` and `kind` of the longest token at a place; `died`: the character at which no token could go on. */
interface Scan {
  end: number
  kind?: TokenKind
  died: number
}

function longestToken(points: readonly string[], at: number): Scan {
  const point = points[at] as string
  if (/[A-Za-z_]/.test(point)) return longer(word(points, at), prefixedString(points, at))
  if (/[0-9]/.test(point)) return number(points, at)
  if (point === '.' && /[0-9]/.test(points[at + 1] ?? '')) return number(points, at)
  if (point === "'" || point === '"') return string(points, at, at, kind.string)
  if (point === '`') return escapedIdentifier(points, at)
  const two = punctuation.get(point + (points[at + 1] ?? ''))
  if (two !== undefined) return { end: at + 2, kind: two, died: at + 2 }
  const one = punctuation.get(point)
  if (one !== undefined) return { end: at + 1, kind: one, died: at + 1 }
  return { end: at, died: point === '=' || point === '&' || point === '|' ? at + 1 : at }
}

const longer = (a: Scan, b: Scan | undefined): Scan => (b?.kind !== undefined && b.end > a.end ? b : a)

function word(points: readonly string[], from: number): Scan {
  let at = from
  while (at < points.length && /[A-Za-z0-9_]/.test(points[at] as string)) at++
  return { end: at, kind: words.get(points.slice(from, at).join('')) ?? kind.identifier, died: at }
}

function prefixedString(points: readonly string[], from: number): Scan | undefined {
  const prefix = /^(?:([bB])?([rR])?)(?=['"])/.exec(points.slice(from, from + 3).join(''))
  if (prefix === null || prefix[0] === '') return undefined
  const quote = from + prefix[0].length
  return string(points, from, quote, prefix[1] === undefined ? kind.string : kind.bytes, prefix[2] !== undefined)
}

function string(points: readonly string[], from: number, quote: number, found: TokenKind, raw = false): Scan {
  const mark = points[quote] as string
  const single = closed(points, quote + 1, [mark], raw, true)
  const triple =
    points[quote + 1] === mark && points[quote + 2] === mark
      ? closed(points, quote + 3, [mark, mark, mark], raw, false)
      : undefined
  const best = triple?.end !== undefined ? triple : single
  const died = Math.max(single.died, triple?.died ?? 0)
  return best.end === undefined ? { end: from, died } : { end: best.end, kind: found, died }
}

/** The end of a string whose first character stands at `from`. */
function closed(points: readonly string[], from: number, mark: string[], raw: boolean, oneLine: boolean) {
  let at = from
  for (;;) {
    const point = points[at]
    if (point === undefined) return { died: at }
    if (mark.every((each, index) => points[at + index] === each))
      return { end: at + mark.length, died: at + mark.length }
    if (oneLine && (point === '\n' || point === '\r')) return { died: at }
    if (point === '\\' && !raw) {
      const found = escapeLength(points, at)
      if (found.died !== undefined) return { died: found.died }
      at += found.length
    } else at++
  }
}

/** How long the escape at a backslash is, or where it stops being one. */
function escapeLength(points: readonly string[], at: number): { length: number; died?: number } {
  const digits = (count: number, allowed: RegExp): { length: number; died?: number } => {
    for (let index = 0; index < count; index++)
      if (!allowed.test(points[at + 2 + index] ?? '')) return { length: 0, died: at + 2 + index }
    return { length: 2 + count }
  }
  const letter = points[at + 1] ?? ''
  if (/^[abfnrtv"'\\?`]$/.test(letter)) return { length: 2 }
  if (letter === 'x' || letter === 'X') return digits(2, /^[0-9a-fA-F]$/)
  if (letter === 'u') return digits(4, /^[0-9a-fA-F]$/)
  if (letter === 'U') return digits(8, /^[0-9a-fA-F]$/)
  if (/^[0-3]$/.test(letter)) return digits(2, /^[0-7]$/)
  return { length: 0, died: at + 1 }
}

function escapedIdentifier(points: readonly string[], from: number): Scan {
  let at = from + 1
  while (at < points.length && /[A-Za-z0-9_./ -]/.test(points[at] as string)) at++
  if (points[at] === '`' && at > from + 1) return { end: at + 1, kind: kind.escapedIdentifier, died: at + 1 }
  return { end: from, died: at }
}

function number(points: readonly string[], from: number): Scan {
  let to = from
  while (to < points.length && /[0-9A-Za-z.+-]/.test(points[to] as string)) to++
  const text = points.slice(from, to).join('')
  const hex = /^0x[0-9a-fA-F]+([uU])?/.exec(text)
  if (hex) return scanned(from, hex[0], hex[1] === undefined ? kind.int : kind.uint)
  const float = /^(?:[0-9]+\.[0-9]+(?:[eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+|\.[0-9]+(?:[eE][+-]?[0-9]+)?)/.exec(text)
  if (float) return scanned(from, float[0], kind.float)
  const int = /^[0-9]+([uU])?/.exec(text) as RegExpExecArray
  return scanned(from, int[0], int[1] === undefined ? kind.int : kind.uint)
}

const scanned = (from: number, text: string, found: TokenKind): Scan => ({
  end: from + text.length,
  kind: found,
  died: from + text.length,
})

export const isNumber = (next: TokenKind) => next === kind.int || next === kind.float
