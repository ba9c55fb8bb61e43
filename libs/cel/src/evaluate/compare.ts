import {
  Duration,
  Failure,
  isList,
  LibraryValue,
  MapValue,
  noSuchOverload,
  Optional,
  StructValue,
  Timestamp,
  TypeValue,
  Uint,
  type Value,
} from './values.ts'

/** CEL's equality: values of unlike types are unequal, numbers of unlike types are compared by what they stand for. */
export function equal(a: Value, b: Value): boolean {
  if (a === b) return true
  const number = compareNumbers(a, b)
  if (number !== undefined) return number === 0
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (a instanceof Uint8Array) return b instanceof Uint8Array && Buffer.compare(a, b) === 0
  if (isList(a)) return isList(b) && equalLists(a, b)
  if (a instanceof MapValue) return b instanceof MapValue && equalMaps(a, b)
  if (a instanceof Timestamp) return b instanceof Timestamp && a.nanoseconds === b.nanoseconds
  if (a instanceof Duration) return b instanceof Duration && a.nanoseconds === b.nanoseconds
  if (a instanceof TypeValue) return b instanceof TypeValue && a.name === b.name
  if (a instanceof Optional) return b instanceof Optional && equalOptionals(a, b)
  if (a instanceof StructValue) return b instanceof StructValue && a.equals(b)
  if (a instanceof LibraryValue) return b instanceof LibraryValue && a.type.name === b.type.name && a.equals(b)
  return false
}

/** Lists whose order means nothing say so by a method of their own. */
export interface UnorderedList extends ReadonlyArray<Value> {
  equalsUnordered(other: readonly Value[]): boolean
}
const isUnordered = (list: readonly Value[]): list is UnorderedList => 'equalsUnordered' in list

function equalLists(a: readonly Value[], b: readonly Value[]): boolean {
  if (a.length !== b.length) return false
  if (isUnordered(a)) return a.equalsUnordered(b)
  return a.every((each, index) => equal(each, b[index] as Value))
}

function equalMaps(a: MapValue, b: MapValue): boolean {
  if (a.size !== b.size) return false
  for (const key of a.keys()) {
    const other = b.find(key)
    if (other === undefined || !equal(a.find(key) as Value, other)) return false
  }
  return true
}

function equalOptionals(a: Optional, b: Optional): boolean {
  if (a.value === undefined || b.value === undefined) return a.value === b.value
  return equal(a.value, b.value)
}

/** Below 0, 0, above 0; NaN equals nothing. `undefined`: not two numbers. */
export function compareNumbers(a: Value, b: Value): number | undefined {
  const left = a instanceof Uint ? a.value : a
  const right = b instanceof Uint ? b.value : b
  if (
    (typeof left !== 'bigint' && typeof left !== 'number') ||
    (typeof right !== 'bigint' && typeof right !== 'number')
  )
    return undefined
  if (typeof left === typeof right) return order(left, right)
  // an int beside a double is rounded to one, unless it is beyond all ints
  if (typeof left === 'number') return compareDouble(left, right as bigint, b)
  return -compareDouble(right as number, left as bigint, a)
}

const order = (left: bigint | number, right: bigint | number) => {
  if (left < right) return -1
  if (left > right) return 1
  return left === right ? 0 : Number.NaN
}

function compareDouble(double: number, integer: bigint, given: Value): number {
  const [least, greatest] = given instanceof Uint ? [0, 2 ** 64] : [-(2 ** 63), 2 ** 63]
  if (double < least) return -1
  if (double > greatest) return 1
  return order(double, Number(integer))
}

/** The order of two values of one type, or of two numbers. */
export function compare(a: Value, b: Value): number | Failure {
  const number = compareNumbers(a, b)
  if (number !== undefined) return Number.isNaN(number) ? new Failure('NaN values cannot be ordered') : number
  if (typeof a === 'string' && typeof b === 'string') return compareStrings(a, b)
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b)
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b)
  if (a instanceof Timestamp && b instanceof Timestamp) return sign(a.nanoseconds - b.nanoseconds)
  if (a instanceof Duration && b instanceof Duration) return sign(a.nanoseconds - b.nanoseconds)
  return noSuchOverload
}

/** By the bytes of UTF-8, which is the order of code points. */
function compareStrings(a: string, b: string): number {
  if (a === b) return 0
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

const sign = (value: bigint) => (value < 0n ? -1 : value > 0n ? 1 : 0)

export const isComparable = (value: Value) =>
  typeof value === 'string' ||
  typeof value === 'boolean' ||
  typeof value === 'bigint' ||
  typeof value === 'number' ||
  value instanceof Uint ||
  value instanceof Uint8Array ||
  value instanceof Timestamp ||
  value instanceof Duration
