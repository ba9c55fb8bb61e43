import { declare, type Library } from '../check/declarations.ts'
import { boolType, doubleType, durationType, intType, type Type, timestampType, uintType } from '../check/types.ts'
import {
  Duration,
  Failure,
  LibraryValue,
  noSuchOverload,
  Timestamp,
  TypeValue,
  typeOfValue,
  Uint,
  type Value,
} from '../evaluate/values.ts'
import { toInt, toTimestamp, toUint } from './arithmetic.ts'
import { displayDuration, parseDuration } from './durations.ts'
import { displayTimestamp, parseTimestamp } from './timestamps.ts'

/** Numbers with more digits before the point have an exponent. */
const longestPlain = 6

/** As Go's `%g` with the fewest digits that read back as the same: `1.5`, `1e+06`, `+Inf`. */
export function displayDouble(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf'
  if (value === 0) return Object.is(value, -0) ? '-0' : '0'
  const [digits, power] = value.toExponential().split('e') as [string, string]
  const exponent = Number(power)
  if (exponent < -4 || exponent >= longestPlain)
    return `${digits}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`
  return value.toFixed(Math.max(0, digits.replace(/^-?\d\.?/, '').length - exponent))
}

/** A text that is none of the type's. */
const failed = (to: Type) => new Failure(`type conversion error from 'string' to '${to.name}'`)

const booleans = new Map([
  ...['1', 't', 'T', 'true', 'TRUE', 'True'].map(text => [text, true] as const),
  ...['0', 'f', 'F', 'false', 'FALSE', 'False'].map(text => [text, false] as const),
])

function toBool(value: Value): Value | Failure {
  if (typeof value === 'boolean') return value
  if (typeof value !== 'string') return noSuchOverload
  const found = booleans.get(value)
  return found ?? failed(boolType)
}

function toBytes(value: Value): Value | Failure {
  if (value instanceof Uint8Array) return value
  return typeof value === 'string' ? Buffer.from(value) : noSuchOverload
}

function toDouble(value: Value): Value | Failure {
  if (typeof value === 'number') return value
  if (typeof value === 'bigint') return Number(value)
  if (value instanceof Uint) return Number(value.value)
  return typeof value === 'string' ? parseDouble(value) : noSuchOverload
}

export function parseDouble(text: string): number | Failure {
  const named = /^([+-]?)(inf|infinity|nan)$/i.exec(text)
  if (named) {
    if ((named[2] as string).toLowerCase() === 'nan') return Number.NaN
    return named[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  }
  const value = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text) ? Number(text) : Number.NaN
  return Number.isFinite(value) ? value : failed(doubleType)
}

const intOverflow = new Failure('integer overflow')
const uintOverflow = new Failure('unsigned integer overflow')

function asInt(value: Value): Value | Failure {
  if (typeof value === 'bigint') return value
  if (typeof value === 'number')
    return value > -(2 ** 63) && value < 2 ** 63 && !Number.isNaN(value) ? BigInt(Math.trunc(value)) : intOverflow
  if (value instanceof Uint) return toInt(value.value)
  if (value instanceof Duration) return value.nanoseconds
  if (value instanceof Timestamp) return floorDivide(value.nanoseconds, 1_000_000_000n)
  return typeof value === 'string' ? parseInteger(value, intType, /^[+-]?\d+$/, toInt) : noSuchOverload
}

function asUint(value: Value): Value | Failure {
  if (value instanceof Uint) return value
  if (typeof value === 'bigint') return toUint(value)
  if (typeof value === 'number')
    return value >= 0 && value < 2 ** 64 ? new Uint(BigInt(Math.trunc(value))) : uintOverflow
  return typeof value === 'string' ? parseInteger(value, uintType, /^\d+$/, toUint) : noSuchOverload
}

function parseInteger(
  text: string,
  type: Type,
  syntax: RegExp,
  convert: (value: bigint) => Value | Failure,
): Value | Failure {
  const result = syntax.test(text) ? convert(BigInt(text.replace('+', ''))) : failed(type)
  return result instanceof Failure ? failed(type) : result
}

export const floorDivide = (value: bigint, by: bigint): bigint =>
  value < 0n && value % by !== 0n ? value / by - 1n : value / by

export function asString(value: Value): Value | Failure {
  switch (typeof value) {
    case 'string':
      return value
    case 'boolean':
    case 'bigint':
      return String(value)
    case 'number':
      return displayDouble(value)
    default:
      if (value instanceof Uint) return String(value.value)
      if (value instanceof Duration) return displayDuration(value)
      if (value instanceof Timestamp) return displayTimestamp(value)
      if (value instanceof TypeValue) return value.name
      if (value instanceof Uint8Array) return utf8(value)
      if (value instanceof LibraryValue) return value.asString() ?? noSuchOverload
      return noSuchOverload
  }
}

function utf8(value: Uint8Array): string | Failure {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(value)
  } catch {
    return new Failure('invalid UTF-8 in bytes, cannot convert to string')
  }
}

function asDuration(value: Value): Value | Failure {
  if (value instanceof Duration) return value
  if (typeof value === 'bigint') return new Duration(value)
  return typeof value === 'string' ? parsed(parseDuration(value), durationType) : noSuchOverload
}

function asTimestamp(value: Value): Value | Failure {
  if (value instanceof Timestamp) return value
  if (typeof value === 'bigint') return toTimestamp(value * 1_000_000_000n)
  return typeof value === 'string' ? parsed(parseTimestamp(value), timestampType) : noSuchOverload
}

const parsed = (value: Value | Failure, type: Type) => (value instanceof Failure ? failed(type) : value)

const identity = (value: Value) => value

/** `int(x)` and its like. Their calls with constants are run once, when the expression is compiled. */
export const conversions: Library = {
  name: 'conversions',
  functions: [
    declare('type', { type: '(A) -> type(A)' }, (value: Value) => new TypeValue(typeOfValue(value).name)),
    declare('dyn', { to_dyn: '(A) -> dyn' }, identity),
    declare('bool', { bool_to_bool: '(bool) -> bool', string_to_bool: '(string) -> bool' }, toBool),
    declare('bytes', { bytes_to_bytes: '(bytes) -> bytes', string_to_bytes: '(string) -> bytes' }, toBytes),
    declare(
      'double',
      {
        double_to_double: '(double) -> double',
        int64_to_double: '(int) -> double',
        string_to_double: '(string) -> double',
        uint64_to_double: '(uint) -> double',
      },
      toDouble,
    ),
    declare(
      'duration',
      {
        duration_to_duration: '(duration) -> duration',
        int64_to_duration: '(int) -> duration',
        string_to_duration: '(string) -> duration',
      },
      asDuration,
    ),
    declare(
      'int',
      {
        int64_to_int64: '(int) -> int',
        double_to_int64: '(double) -> int',
        duration_to_int64: '(duration) -> int',
        string_to_int64: '(string) -> int',
        timestamp_to_int64: '(timestamp) -> int',
        uint64_to_int64: '(uint) -> int',
      },
      asInt,
    ),
    declare(
      'string',
      {
        string_to_string: '(string) -> string',
        bool_to_string: '(bool) -> string',
        bytes_to_string: '(bytes) -> string',
        double_to_string: '(double) -> string',
        duration_to_string: '(duration) -> string',
        int64_to_string: '(int) -> string',
        timestamp_to_string: '(timestamp) -> string',
        uint64_to_string: '(uint) -> string',
      },
      asString,
    ),
    declare(
      'timestamp',
      {
        timestamp_to_timestamp: '(timestamp) -> timestamp',
        int64_to_timestamp: '(int) -> timestamp',
        string_to_timestamp: '(string) -> timestamp',
      },
      asTimestamp,
    ),
    declare(
      'uint',
      {
        uint64_to_uint64: '(uint) -> uint',
        double_to_uint64: '(double) -> uint',
        int64_to_uint64: '(int) -> uint',
        string_to_uint64: '(string) -> uint',
      },
      asUint,
    ),
  ],
}

/** Functions whose calls with a constant are constants. */
export const conversionNames: ReadonlySet<string> = new Set(conversions.functions.map(each => each.name))
