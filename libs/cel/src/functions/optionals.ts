import { declare, type Library } from '../check/declarations.ts'
import { optionalType, parameterType } from '../check/types.ts'
import {
  Duration,
  Failure,
  isList,
  LiteralMap,
  MapValue,
  noSuchOverload,
  Optional,
  StructValue,
  Timestamp,
  Uint,
  type Value,
} from '../evaluate/values.ts'
import { operator } from '../syntax/operators.ts'

const noValue = new Failure('optional.none() dereference')

function isZero(value: Value): boolean {
  if (value === null || value === false || value === '' || value === 0n || value === 0) return true
  if (value instanceof Uint) return value.value === 0n
  if (value instanceof Duration) return value.nanoseconds === 0n
  if (value instanceof Timestamp) return value.nanoseconds === -62_135_596_800_000_000_000n
  if (isList(value) || value instanceof Uint8Array) return value.length === 0
  if (value instanceof MapValue) return value.size === 0
  if (value instanceof Optional) return value.value === undefined
  return value instanceof StructValue && false
}

function unwrap(list: readonly Value[]): Value | Failure {
  const found: Value[] = []
  for (const each of list) {
    if (!(each instanceof Optional)) return new Failure('value is not optional')
    if (each.value !== undefined) found.push(each.value)
  }
  return found
}

/** Optional values, and the two-variable macros' own insertion. `or` and `orValue` are the evaluator's. */
export const optionals: Library = {
  name: 'optionals',
  types: new Map([['optional', optionalType(parameterType('V'))]]),
  functions: [
    declare('optional.of', { optional_of: '(V) -> optional(V)' }, (value: Value) => new Optional(value)),
    declare('optional.ofNonZeroValue', { optional_ofNonZeroValue: '(V) -> optional(V)' }, (value: Value) =>
      isZero(value) ? Optional.none : new Optional(value),
    ),
    declare('optional.none', { optional_none: '() -> optional(V)' }, () => Optional.none),
    declare('value', { optional_value: 'optional(V).() -> V' }, (value: Value) =>
      value instanceof Optional ? (value.value === undefined ? noValue : value.value) : noSuchOverload,
    ),
    declare('hasValue', { optional_hasValue: 'optional(V).() -> bool' }, (value: Value) =>
      value instanceof Optional ? value.value !== undefined : noSuchOverload,
    ),
    declare('or', { optional_or_optional: 'optional(V).(optional(V)) -> optional(V)' }),
    declare('orValue', { optional_orValue_value: 'optional(V).(V) -> V' }),
    declare(operator.optionalSelect, { select_optional_field: '(dyn, string) -> optional(V)' }),
    declare(operator.optionalIndex, {
      list_optindex_optional_int: '(list(V), int) -> optional(V)',
      optional_list_optindex_optional_int: '(optional(list(V)), int) -> optional(V)',
      map_optindex_optional_value: '(map(K, V), K) -> optional(V)',
      optional_map_optindex_optional_value: '(optional(map(K, V)), K) -> optional(V)',
    }),
    declare(operator.index, {
      optional_list_index_int: '(optional(list(V)), int) -> optional(V)',
      optional_map_index_value: '(optional(map(K, V)), K) -> optional(V)',
    }),
    declare('last', { list_last: 'list(V).() -> optional(V)' }, (list: readonly Value[]) =>
      list.length === 0 ? Optional.none : new Optional(list.at(-1)),
    ),
    declare('first', { list_first: 'list(V).() -> optional(V)' }, (list: readonly Value[]) =>
      list.length === 0 ? Optional.none : new Optional(list[0]),
    ),
    declare('optional.unwrap', { optional_unwrap: '(list(optional(V))) -> list(V)' }, unwrap),
    declare('unwrapOpt', { optional_unwrapOpt: 'list(optional(V)).() -> list(V)' }, unwrap),
    declare(
      operator.mapInsert,
      {
        '@mapInsert_map_key_value': '(map(K, V), K, V) -> map(K, V)',
        '@mapInsert_map_map': '(map(K, V), map(K, V)) -> map(K, V)',
      },
      insert,
    ),
  ],
}

function insert(map: MapValue, key: Value, value?: Value): Value | Failure {
  const copy = new LiteralMap([...map.keys()].map(each => [each, map.find(each) as Value] as const))
  return value === undefined && key instanceof MapValue ? copy.insertAll(key) : copy.insert(key, value as Value)
}
