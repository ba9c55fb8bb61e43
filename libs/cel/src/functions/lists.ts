import { declare, type Library } from '../check/declarations.ts'
import { compare, equal } from '../evaluate/compare.ts'
import { Duration, Failure, isList, noSuchOverload, typeOfValue, Uint, type Value } from '../evaluate/values.ts'
import { includes, toDuration, toInt, toUint } from './arithmetic.ts'

const comparable = ['int', 'uint', 'double', 'bool', 'duration', 'timestamp', 'string', 'bytes'] as const
/** Types that can be added, and the sum of none. */
const summable = { int: 0n, uint: new Uint(0n), double: 0, duration: new Duration(0n) } as const

const each = (types: readonly string[], id: (type: string) => string, signature: (type: string) => string) =>
  Object.fromEntries(types.map(type => [id(type), signature(type)]))

function isSorted(list: readonly Value[]): boolean {
  return list.every((value, index) => index === 0 || !isAfter(list[index - 1] as Value, value))
}
const isAfter = (a: Value, b: Value) => {
  const order = compare(a, b)
  return typeof order === 'number' && order > 0
}

const extreme =
  (name: 'min' | 'max') =>
  (list: readonly Value[]): Value | Failure => {
    const [first, ...rest] = list
    if (first === undefined) return new Failure(`${name} called on empty list`)
    return rest.reduce<Value>((best, value) => {
      const replaces = name === 'min' ? isAfter(best, value) : isAfter(value, best)
      return replaces ? value : best
    }, first)
  }

function sumOf(start: Value) {
  return (list: readonly Value[]): Value | Failure =>
    list.reduce<Value | Failure>((sum, value) => (sum instanceof Failure ? sum : plus(sum, value)), start)
}

function plus(a: Value, b: Value): Value | Failure {
  if (typeof a === 'bigint' && typeof b === 'bigint') return toInt(a + b)
  if (typeof a === 'number' && typeof b === 'number') return a + b
  if (a instanceof Uint && b instanceof Uint) return toUint(a.value + b.value)
  if (a instanceof Duration && b instanceof Duration) return toDuration(a.nanoseconds + b.nanoseconds)
  return noSuchOverload
}

/** Kubernetes' own functions over lists. */
export const kubernetesLists: Library = {
  name: 'kubernetes lists',
  functions: [
    declare(
      'isSorted',
      each(
        comparable,
        type => `list_${type}_is_sorted_bool`,
        type => `list(${type}).() -> bool`,
      ),
      isSorted,
    ),
    declare(
      'sum',
      Object.fromEntries(
        Object.entries(summable).map(([type, zero]) => [
          `list_${type}_sum_${type}`,
          [`list(${type}).() -> ${type}`, sumOf(zero)] as const,
        ]),
      ),
    ),
    declare(
      'max',
      each(
        comparable,
        type => `list_${type}_max_${type}`,
        type => `list(${type}).() -> ${type}`,
      ),
      extreme('max'),
    ),
    declare(
      'min',
      each(
        comparable,
        type => `list_${type}_min_${type}`,
        type => `list(${type}).() -> ${type}`,
      ),
      extreme('min'),
    ),
    declare('indexOf', { list_a_index_of_int: 'list(A).(A) -> int' }, (list: readonly Value[], value: Value) =>
      BigInt(list.findIndex(item => equal(item, value))),
    ),
    declare('lastIndexOf', { list_a_last_index_of_int: 'list(A).(A) -> int' }, (list: readonly Value[], value: Value) =>
      BigInt(list.findLastIndex(item => equal(item, value))),
    ),
  ],
}

function slice(list: readonly Value[], start: bigint, end: bigint): Value | Failure {
  const failed = (why: string) => new Failure(`cannot slice(${start}, ${end}), ${why}`)
  if (start < 0n || end < 0n) return failed('negative indexes not supported')
  if (start > end) return failed('start index must be less than or equal to end index')
  if (end > BigInt(list.length)) return failed(`list is length ${list.length}`)
  return list.slice(Number(start), Number(end))
}

function flatten(list: readonly Value[], depth = 1n): Value | Failure {
  if (depth < 0n) return new Failure('level must be non-negative')
  return flattened(list, depth)
}
const flattened = (list: readonly Value[], depth: bigint): Value[] =>
  list.flatMap(value => (isList(value) && depth > 0n ? flattened(value, depth - 1n) : [value]))

function sortBy(list: readonly Value[], keys: readonly Value[]): Value | Failure {
  if (list.length !== keys.length)
    return new Failure(
      `@sortByAssociatedKeys() expected a list of the same size as the associated keys list, but got ${list.length} and ${keys.length} elements respectively`,
    )
  const [first] = keys
  if (first === undefined) return list
  const { name } = typeOfValue(first)
  if (keys.some(key => typeOfValue(key).name !== name)) return new Failure('list elements must have the same type')
  const order = list.map((_, index) => index).sort((a, b) => Number(compareKeys(keys[a] as Value, keys[b] as Value)))
  return order.map(index => list[index] as Value)
}
const compareKeys = (a: Value, b: Value) => {
  const order = compare(a, b)
  return typeof order === 'number' ? order : 0
}

/** Longest list that `lists.range` makes: at one unit an element, the budget of a call allows no more. */
const longestRange = 10_000_000n

function range(count: bigint): Value | Failure {
  if (count > longestRange) return new Failure(`cannot make a list of ${count} elements`)
  return Array.from({ length: Number(count > 0n ? count : 0n) }, (_, index) => BigInt(index))
}

function distinct(list: readonly Value[]): readonly Value[] {
  const kept: Value[] = []
  for (const value of list) if (!includes(kept, value)) kept.push(value)
  return kept
}

/** cel-go's lists extension, version 3. `sortBy` is a macro over `@sortByAssociatedKeys`. */
export const lists: Library = {
  name: 'lists',
  functions: [
    declare('slice', { list_slice: 'list(T).(int, int) -> list(T)' }, slice),
    declare(
      'flatten',
      { list_flatten: 'list(list(T)).() -> list(T)', list_flatten_int: 'list(dyn).(int) -> list(dyn)' },
      flatten,
    ),
    declare(
      'sort',
      each(
        comparable,
        type => `list_${type}_sort`,
        type => `list(${type}).() -> list(${type})`,
      ),
      (list: readonly Value[]) => sortBy(list, list),
    ),
    declare(
      '@sortByAssociatedKeys',
      each(
        comparable,
        type => `list_${type}_sortByAssociatedKeys`,
        type => `list(T).(list(${type})) -> list(T)`,
      ),
      sortBy,
    ),
    declare('lists.range', { lists_range: '(int) -> list(int)' }, range),
    declare('reverse', { list_reverse: 'list(T).() -> list(T)' }, (list: readonly Value[]) => list.toReversed()),
    declare('distinct', { list_distinct: 'list(T).() -> list(T)' }, distinct),
  ],
}

const containsAll = (list: readonly Value[], part: readonly Value[]) => part.every(value => includes(list, value))

/** cel-go's sets extension. */
export const sets: Library = {
  name: 'sets',
  functions: [
    declare('sets.contains', { list_sets_contains_list: '(list(T), list(T)) -> bool' }, containsAll),
    declare(
      'sets.equivalent',
      { list_sets_equivalent_list: '(list(T), list(T)) -> bool' },
      (a: readonly Value[], b: readonly Value[]) => containsAll(a, b) && containsAll(b, a),
    ),
    declare(
      'sets.intersects',
      { list_sets_intersects_list: '(list(T), list(T)) -> bool' },
      (a: readonly Value[], b: readonly Value[]) => a.some(value => includes(b, value)),
    ),
  ],
}
