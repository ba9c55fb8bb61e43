import { declare, type Library } from '../check/declarations.ts'
import { Failure, noSuchOverload, type Value } from '../evaluate/values.ts'
import { formatString } from './format-string.ts'

const points = (text: string) => Array.from(text)
const outOfRange = (index: bigint) => new Failure(`index out of range: ${index}`)

function charAt(text: string, index: bigint): string | Failure {
  const all = points(text)
  return index < 0n || index > BigInt(all.length) ? outOfRange(index) : (all[Number(index)] ?? '')
}

function indexOf(text: string, part: string, from = 0n): bigint | Failure {
  if (part === '') return from
  if (from < 0n) return outOfRange(from)
  const all = points(text)
  if (from >= BigInt(all.length)) return -1n
  const rest = all.slice(Number(from)).join('')
  const found = rest.indexOf(part)
  return found < 0 ? -1n : from + BigInt(points(rest.slice(0, found)).length)
}

function lastIndexOf(text: string, part: string, from?: bigint): bigint | Failure {
  const all = points(text)
  if (part === '') return from ?? BigInt(all.length)
  if (from === undefined && Buffer.byteLength(text) < Buffer.byteLength(part)) return -1n
  const start = from ?? BigInt(all.length - 1)
  if (start < 0n) return outOfRange(start)
  if (start >= BigInt(all.length)) return -1n
  const wanted = points(part)
  for (let at = Math.min(Number(start), all.length - wanted.length); at >= 0; at--)
    if (wanted.every((each, index) => all[at + index] === each)) return BigInt(at)
  return -1n
}

const ascii = (text: string, pattern: RegExp, change: (part: string) => string) => text.replace(pattern, change)

function replace(text: string, old: string, by: string, count = -1n): string {
  if (count < 0n) return old === '' ? [...points(text).map(each => by + each), by].join('') : text.replaceAll(old, by)
  let left = Number(count)
  if (old === '') {
    const all = points(text)
    let result = ''
    for (let at = 0; at <= all.length; at++) result += (left-- > 0 ? by : '') + (all[at] ?? '')
    return result
  }
  let result = ''
  let rest = text
  for (let at = rest.indexOf(old); at >= 0 && left > 0; at = rest.indexOf(old), left--) {
    result += rest.slice(0, at) + by
    rest = rest.slice(at + old.length)
  }
  return result + rest
}

function split(text: string, separator: string, count = -1n): readonly string[] {
  if (count === 0n) return []
  const parts = separator === '' ? points(text) : text.split(separator)
  if (count < 0n || parts.length <= Number(count)) return parts
  const kept = Number(count) - 1
  return [...parts.slice(0, kept), parts.slice(kept).join(separator)]
}

function substring(text: string, start: bigint, end?: bigint): string | Failure {
  const all = points(text)
  const length = BigInt(all.length)
  if (end !== undefined && start > end) return new Failure(`invalid substring range. start: ${start}, end: ${end}`)
  if (start < 0n || start > length) return outOfRange(start)
  if (end !== undefined && (end < 0n || end > length)) return outOfRange(end)
  return all.slice(Number(start), end === undefined ? undefined : Number(end)).join('')
}

/** Blanks as Unicode has them; unlike JavaScript, a byte order mark is none and U+0085 is one. */
const trim = (text: string) =>
  text
    .replace(/^[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/, '')
    .replace(/[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+$/, '')

const escapes: Record<string, string> = {
  '\u0007': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
  '"': '\\"',
}
const quote = (text: string) =>
  `"${points(text.toWellFormed())
    .map(each => escapes[each] ?? each)
    .join('')}"`

function join(list: readonly Value[], separator = ''): string | Failure {
  const wrong = list.find(each => typeof each !== 'string')
  return wrong === undefined ? list.join(separator) : noSuchOverload
}

/** cel-go's strings extension, version 2, with the standard's own functions over strings. */
export const strings: Library = {
  name: 'strings',
  functions: [
    declare('contains', { contains_string: 'string.(string) -> bool' }, (text: string, part: string) =>
      text.includes(part),
    ),
    declare('endsWith', { ends_with_string: 'string.(string) -> bool' }, (text: string, part: string) =>
      text.endsWith(part),
    ),
    declare('startsWith', { starts_with_string: 'string.(string) -> bool' }, (text: string, part: string) =>
      text.startsWith(part),
    ),
    declare('charAt', { string_char_at_int: 'string.(int) -> string' }, charAt),
    declare(
      'indexOf',
      { string_index_of_string: 'string.(string) -> int', string_index_of_string_int: 'string.(string, int) -> int' },
      indexOf,
    ),
    declare(
      'lastIndexOf',
      {
        string_last_index_of_string: 'string.(string) -> int',
        string_last_index_of_string_int: 'string.(string, int) -> int',
      },
      lastIndexOf,
    ),
    declare('lowerAscii', { string_lower_ascii: 'string.() -> string' }, (text: string) =>
      ascii(text, /[A-Z]+/g, part => part.toLowerCase()),
    ),
    declare('upperAscii', { string_upper_ascii: 'string.() -> string' }, (text: string) =>
      ascii(text, /[a-z]+/g, part => part.toUpperCase()),
    ),
    declare(
      'replace',
      {
        string_replace_string_string: 'string.(string, string) -> string',
        string_replace_string_string_int: 'string.(string, string, int) -> string',
      },
      replace,
    ),
    declare(
      'split',
      {
        string_split_string: 'string.(string) -> list(string)',
        string_split_string_int: 'string.(string, int) -> list(string)',
      },
      split,
    ),
    declare(
      'substring',
      { string_substring_int: 'string.(int) -> string', string_substring_int_int: 'string.(int, int) -> string' },
      substring,
    ),
    declare('trim', { string_trim: 'string.() -> string' }, trim),
    declare('format', { string_format: 'string.(list(dyn)) -> string' }, formatString),
    declare('strings.quote', { strings_quote: '(string) -> string' }, quote),
    declare(
      'join',
      { list_join: 'list(string).() -> string', list_join_string: 'list(string).(string) -> string' },
      join,
    ),
  ],
}
