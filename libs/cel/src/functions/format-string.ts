import { goQuote } from '@kubets/apimachinery'
import { displayType } from '../check/types.ts'
import {
  Duration,
  Failure,
  isList,
  MapValue,
  Timestamp,
  TypeValue,
  typeOfValue,
  Uint,
  type Value,
} from '../evaluate/values.ts'
import { asString, parseDouble } from './conversions.ts'

/** One `%…` of a format. */
export interface Clause {
  letter: string
  precision: number | undefined
}

/** Texts and clauses of a format, or what is wrong with it. `%%` is a text. */
export function readFormat(format: string): (string | Clause)[] | Failure {
  const parts: (string | Clause)[] = []
  for (let at = 0; at < format.length; ) {
    const percent = format.indexOf('%', at)
    if (percent < 0) {
      parts.push(format.slice(at))
      break
    }
    if (percent > at) parts.push(format.slice(at, percent))
    if (format[percent + 1] === '%') {
      parts.push('%')
      at = percent + 2
      continue
    }
    const found = /^(?:\.(\d*))?(.)?/s.exec(format.slice(percent + 1)) as RegExpExecArray
    const [all, precision, letter] = found
    if (all === '') return new Failure('unexpected end of string')
    const failed = (reason: string) => new Failure(`could not parse formatting clause: ${reason}`)
    if (letter === undefined) return failed('error while parsing precision: could not find end of precision specifier')
    if (precision === '')
      return failed(
        'error while parsing precision: error while converting precision to integer: strconv.Atoi: parsing "": invalid syntax',
      )
    if (!/[sdfebxXo]/.test(letter)) return failed(`unrecognized formatting clause "${letter}"`)
    parts.push({ letter, precision: precision === undefined ? undefined : Number(precision) })
    at = percent + 1 + all.length
  }
  return parts
}

/** Types that a clause takes, and what its error says of others. */
export const clauseTypes: Record<string, { kinds: readonly string[]; error: string }> = {
  s: {
    kinds: ['list', 'map', 'int', 'uint', 'double', 'bool', 'string', 'timestamp', 'bytes', 'duration', 'type', 'null'],
    error:
      'string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps, was given',
  },
  d: { kinds: ['int', 'uint'], error: 'decimal clause can only be used on integers, was given' },
  f: { kinds: ['double', 'string'], error: 'fixed-point clause can only be used on doubles, was given' },
  e: { kinds: ['double', 'string'], error: 'scientific clause can only be used on doubles, was given' },
  b: { kinds: ['int', 'uint', 'bool'], error: 'only integers and bools can be formatted as binary, was given' },
  x: {
    kinds: ['int', 'uint', 'string', 'bytes'],
    error: 'only integers, byte buffers, and strings can be formatted as hex, was given',
  },
  o: { kinds: ['int', 'uint'], error: 'octal clause can only be used on integers, was given' },
}

/** `'%s has %d'.format([name, count])` */
export function formatString(format: string, args: readonly Value[]): string | Failure {
  const parts = readFormat(format)
  if (parts instanceof Failure) return parts
  let result = ''
  let used = 0
  for (const part of parts) {
    if (typeof part === 'string') {
      result += part
      continue
    }
    const argument = args[used]
    if (used++ >= args.length) return new Failure(`index ${used - 1} out of range`)
    const text = applyClause(part, argument as Value)
    if (text instanceof Failure) return new Failure(`error during formatting: ${text.message}`)
    result += text
  }
  return result
}

function applyClause({ letter, precision = 6 }: Clause, value: Value): string | Failure {
  const refused = () => {
    const { error } = clauseTypes[letter.toLowerCase()] as { error: string }
    return new Failure(`${error} ${typeOfValue(value).name}`)
  }
  const integer = typeof value === 'bigint' ? value : value instanceof Uint ? value.value : undefined
  switch (letter) {
    case 's':
      return displayValue(value) ?? refused()
    case 'd':
      return integer === undefined ? refused() : String(integer)
    case 'f':
    case 'e':
      return floatClause(letter, precision, value) ?? refused()
    case 'b':
      if (typeof value === 'boolean') return value ? '1' : '0'
      return integer?.toString(2) ?? refused()
    case 'o':
      return integer?.toString(8) ?? refused()
    default: {
      const hex = hexOf(value, integer)
      if (hex === undefined) return refused()
      return letter === 'X' ? hex.toUpperCase() : hex
    }
  }
}

function hexOf(value: Value, integer: bigint | undefined): string | undefined {
  if (typeof value === 'string') return Buffer.from(value).toString('hex')
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : integer?.toString(16)
}

function floatClause(letter: 'f' | 'e', precision: number, value: Value): string | undefined {
  const named = typeof value === 'string' && /^(NaN|-?Infinity)$/.test(value) ? parseDouble(value) : value
  if (typeof named !== 'number') return undefined
  if (Number.isNaN(named)) return 'NaN'
  if (!Number.isFinite(named)) return named > 0 ? '∞' : '-∞'
  if (letter === 'f') return grouped(fixedPoint(named, Math.min(precision, 60)))
  // the precision does nothing here
  const [mantissa, exponent] = named.toExponential(6).split('e') as [string, string]
  const raised = `${exponent.startsWith('-') ? '-' : ''}${exponent.slice(1).padStart(2, '0')}`
  return `${mantissa}×10${Array.from(raised, each => superscript[each] ?? each).join('')}`
}

/** Exact, and a half to the even digit. */
function fixedPoint(value: number, digits: number): string {
  if (Math.abs(value) >= 1e21) return `${BigInt(value)}${digits > 0 ? `.${'0'.repeat(digits)}` : ''}`
  const exact = value.toFixed(digits + 40)
  const cut = exact.length - 40
  const halfway = /^50*$/.test(exact.slice(cut))
  const even = /[02468]\.?$/.test(exact.slice(0, cut))
  return halfway && even ? exact.slice(0, cut).replace(/\.$/, '') : value.toFixed(digits)
}

/** With a comma between thousands. */
const grouped = (text: string) => text.replace(/^-?\d+/, whole => whole.replace(/\B(?=(\d{3})+$)/g, ','))

const superscript: Record<string, string> = Object.fromEntries(
  Array.from('-0123456789', (each, index) => [each, Array.from('⁻⁰¹²³⁴⁵⁶⁷⁸⁹')[index] as string]),
)

/** As `%s` has a value; what is inside of lists and maps has quotes. */
function displayValue(value: Value): string | undefined {
  if (value === null) return 'null'
  if (isList(value)) {
    const parts = value.map(displayInside)
    return parts.includes(undefined) ? undefined : `[${parts.join(', ')}]`
  }
  if (value instanceof MapValue) {
    const parts: string[] = []
    for (const key of value.keys()) {
      const [left, right] = [displayInside(key), displayInside(value.find(key) as Value)]
      if (left === undefined || right === undefined) return undefined
      parts.push(`${left}:${right}`)
    }
    return `{${parts.sort().join(', ')}}`
  }
  if (typeof value === 'object' && !isPlain(value)) return undefined
  const text = asString(value)
  return text instanceof Failure ? undefined : String(text)
}

const isPlain = (value: Value) =>
  value instanceof Uint ||
  value instanceof Duration ||
  value instanceof Timestamp ||
  value instanceof Uint8Array ||
  value instanceof TypeValue

function displayInside(value: Value): string | undefined {
  if (typeof value === 'string') return goQuote(value)
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) return goQuote(Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf')
    return value.toFixed(6)
  }
  if (value instanceof TypeValue) return `type(${value.name})`
  if (value instanceof Uint8Array)
    return `b${displayType(typeOfValue(value)) === 'bytes' ? goQuote(String(asString(value))) : ''}`
  return displayValue(value)
}
