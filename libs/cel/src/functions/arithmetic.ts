import { declare, type Library } from '../check/declarations.ts'
import { compare, equal } from '../evaluate/compare.ts'
import {
  Duration,
  Failure,
  isList,
  LibraryValue,
  MapValue,
  noSuchOverload,
  sizeOf,
  Timestamp,
  Uint,
  type Value,
} from '../evaluate/values.ts'
import { operator } from '../syntax/operators.ts'

const int64 = { least: -(2n ** 63n), greatest: 2n ** 63n - 1n }
const greatestUint64 = 2n ** 64n - 1n
/** Years 1 to 9999. */
const timestamps = { least: -62_135_596_800_000_000_000n, greatest: 253_402_300_799_999_999_999n }

const overflow = new Failure('integer overflow')
const uintOverflow = new Failure('unsigned integer overflow')
const durationOverflow = overflow
const timestampOverflow = new Failure('timestamp overflow')

export const toInt = (value: bigint): bigint | Failure =>
  value < int64.least || value > int64.greatest ? overflow : value
export const toUint = (value: bigint): Uint | Failure =>
  value < 0n || value > greatestUint64 ? uintOverflow : new Uint(value)
export const toDuration = (nanoseconds: bigint): Duration | Failure =>
  nanoseconds < int64.least || nanoseconds > int64.greatest ? durationOverflow : new Duration(nanoseconds)
export const toTimestamp = (nanoseconds: bigint): Timestamp | Failure =>
  nanoseconds < timestamps.least || nanoseconds > timestamps.greatest ? timestampOverflow : new Timestamp(nanoseconds)

function add(a: Value, b: Value): Value | Failure {
  if (typeof a === 'bigint' && typeof b === 'bigint') return toInt(a + b)
  if (typeof a === 'string' && typeof b === 'string') return a + b
  if (typeof a === 'number' && typeof b === 'number') return a + b
  if (isList(a) && isList(b)) return concatenate(a, b)
  if (a instanceof Uint && b instanceof Uint) return toUint(a.value + b.value)
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.concat([a, b])
  if (a instanceof Duration && b instanceof Duration) return toDuration(a.nanoseconds + b.nanoseconds)
  if (a instanceof Timestamp && b instanceof Duration) return toTimestamp(a.nanoseconds + b.nanoseconds)
  if (a instanceof Duration && b instanceof Timestamp) return toTimestamp(a.nanoseconds + b.nanoseconds)
  return noSuchOverload
}

/** Lists that are sets or have keys are joined by their own rules. */
export interface JoinedList extends ReadonlyArray<Value> {
  joined(other: readonly Value[]): readonly Value[]
}
const concatenate = (a: readonly Value[], b: readonly Value[]): readonly Value[] =>
  'joined' in a ? (a as JoinedList).joined(b) : [...a, ...b]

function subtract(a: Value, b: Value): Value | Failure {
  if (typeof a === 'bigint' && typeof b === 'bigint') return toInt(a - b)
  if (typeof a === 'number' && typeof b === 'number') return a - b
  if (a instanceof Uint && b instanceof Uint) return toUint(a.value - b.value)
  if (a instanceof Duration && b instanceof Duration) return toDuration(a.nanoseconds - b.nanoseconds)
  if (a instanceof Timestamp && b instanceof Duration) return toTimestamp(a.nanoseconds - b.nanoseconds)
  if (a instanceof Timestamp && b instanceof Timestamp) return toDuration(a.nanoseconds - b.nanoseconds)
  return noSuchOverload
}

function multiply(a: Value, b: Value): Value | Failure {
  if (typeof a === 'bigint' && typeof b === 'bigint') return toInt(a * b)
  if (typeof a === 'number' && typeof b === 'number') return a * b
  if (a instanceof Uint && b instanceof Uint) return toUint(a.value * b.value)
  return noSuchOverload
}

function divide(a: Value, b: Value): Value | Failure {
  if (typeof a === 'bigint' && typeof b === 'bigint') return b === 0n ? divisionByZero : toInt(a / b)
  if (typeof a === 'number' && typeof b === 'number') return a / b
  if (a instanceof Uint && b instanceof Uint) return b.value === 0n ? divisionByZero : new Uint(a.value / b.value)
  return noSuchOverload
}
const divisionByZero = new Failure('division by zero')

function modulo(a: Value, b: Value): Value | Failure {
  if (typeof a === 'bigint' && typeof b === 'bigint') {
    if (b === 0n) return modulusByZero
    return a === int64.least && b === -1n ? overflow : a % b
  }
  if (a instanceof Uint && b instanceof Uint) return b.value === 0n ? modulusByZero : new Uint(a.value % b.value)
  return noSuchOverload
}
const modulusByZero = new Failure('modulus by zero')

function negate(a: Value): Value | Failure {
  if (typeof a === 'bigint') return toInt(-a)
  return typeof a === 'number' ? -a : noSuchOverload
}

const ordered =
  (fits: (order: number) => boolean) =>
  (a: Value, b: Value): boolean | Failure => {
    const order = compare(a, b)
    return typeof order === 'number' ? fits(order) : order
  }

/** Pairs of types that may be compared, with the names that their overloads have. */
function comparisons(name: string): Record<string, string> {
  const same = ['bool', 'int64', 'uint64', 'double', 'string', 'bytes', 'timestamp', 'duration']
  const mixed = ['int64_double', 'int64_uint64', 'uint64_double', 'uint64_int64', 'double_int64', 'double_uint64']
  const typeName = (text: string) => text.replace('64', '')
  return Object.fromEntries([
    ...same.map(type => [`${name}_${type}`, `(${typeName(type)}, ${typeName(type)}) -> bool`]),
    ...mixed.map(pair => {
      const [left, right] = pair.split('_') as [string, string]
      return [`${name}_${pair}`, `(${typeName(left)}, ${typeName(right)}) -> bool`]
    }),
  ])
}

function isIn(element: Value, container: Value): boolean | Failure {
  if (container instanceof MapValue) return container.find(element) !== undefined
  return isList(container) ? includes(container, element) : noSuchOverload
}

export function includes(list: readonly Value[], element: Value): boolean {
  return list.some(each => equal(each, element))
}

function size(value: Value): Value | Failure {
  if (value === null || value instanceof LibraryValue) return noSuchOverload
  if (typeof value === 'string' || value instanceof Uint8Array || isList(value) || value instanceof MapValue)
    return BigInt(sizeOf(value))
  return noSuchOverload
}

/** Operators, comparison, membership and size. `&&`, `||`, `?:`, `==`, indexes and selections are the evaluator's own. */
export const arithmetic: Library = {
  name: 'arithmetic',
  functions: [
    declare(operator.conditional, { conditional: '(bool, A, A) -> A' }),
    declare(operator.and, { logical_and: '(bool, bool) -> bool' }),
    declare(operator.or, { logical_or: '(bool, bool) -> bool' }),
    declare(operator.not, { logical_not: '(bool) -> bool' }, (a: Value) =>
      typeof a === 'boolean' ? !a : noSuchOverload,
    ),
    declare(operator.notStrictlyFalse, { not_strictly_false: '(bool) -> bool' }),
    declare(operator.equals, { equals: '(A, A) -> bool' }),
    declare(operator.notEquals, { not_equals: '(A, A) -> bool' }),
    declare(
      operator.add,
      {
        add_bytes: '(bytes, bytes) -> bytes',
        add_double: '(double, double) -> double',
        add_duration_duration: '(duration, duration) -> duration',
        add_duration_timestamp: '(duration, timestamp) -> timestamp',
        add_timestamp_duration: '(timestamp, duration) -> timestamp',
        add_int64: '(int, int) -> int',
        add_list: '(list(A), list(A)) -> list(A)',
        add_string: '(string, string) -> string',
        add_uint64: '(uint, uint) -> uint',
      },
      add,
    ),
    declare(
      operator.divide,
      {
        divide_double: '(double, double) -> double',
        divide_int64: '(int, int) -> int',
        divide_uint64: '(uint, uint) -> uint',
      },
      divide,
    ),
    declare(operator.modulo, { modulo_int64: '(int, int) -> int', modulo_uint64: '(uint, uint) -> uint' }, modulo),
    declare(
      operator.multiply,
      {
        multiply_double: '(double, double) -> double',
        multiply_int64: '(int, int) -> int',
        multiply_uint64: '(uint, uint) -> uint',
      },
      multiply,
    ),
    declare(operator.negate, { negate_double: '(double) -> double', negate_int64: '(int) -> int' }, negate),
    declare(
      operator.subtract,
      {
        subtract_double: '(double, double) -> double',
        subtract_duration_duration: '(duration, duration) -> duration',
        subtract_int64: '(int, int) -> int',
        subtract_timestamp_duration: '(timestamp, duration) -> timestamp',
        subtract_timestamp_timestamp: '(timestamp, timestamp) -> duration',
        subtract_uint64: '(uint, uint) -> uint',
      },
      subtract,
    ),
    declare(
      operator.less,
      comparisons('less'),
      ordered(order => order < 0),
    ),
    declare(
      operator.lessEquals,
      comparisons('less_equals'),
      ordered(order => order <= 0),
    ),
    declare(
      operator.greater,
      comparisons('greater'),
      ordered(order => order > 0),
    ),
    declare(
      operator.greaterEquals,
      comparisons('greater_equals'),
      ordered(order => order >= 0),
    ),
    declare(operator.index, { index_list: '(list(A), int) -> A', index_map: '(map(A, B), A) -> B' }),
    declare(operator.in, { in_list: '(A, list(A)) -> bool', in_map: '(A, map(A, B)) -> bool' }, isIn),
    declare(
      'size',
      {
        size_bytes: '(bytes) -> int',
        bytes_size: 'bytes.() -> int',
        size_list: '(list(A)) -> int',
        list_size: 'list(A).() -> int',
        size_map: '(map(A, B)) -> int',
        map_size: 'map(A, B).() -> int',
        size_string: '(string) -> int',
        string_size: 'string.() -> int',
      },
      size,
    ),
  ],
}
