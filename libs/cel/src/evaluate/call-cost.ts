import { NamedFormat } from '../functions/formats.ts'
import { type Failure, isList, LibraryValue, MapValue, sizeOf, type Value } from './values.ts'

type Result = Value | Failure
type Cost = (args: readonly Result[], result: Result, overload: string) => number | undefined

const traversal = 0.1
const patternLength = 0.25
const listMade = 10
const size = (value: Result | undefined) => (value === undefined ? 1 : sizeOf(value))

const constant =
  (units: number): Cost =>
  () =>
    units
/** Reading the first argument so many times. */
const reads =
  (times: number): Cost =>
  ([first]) =>
    Math.ceil(size(first) * times * traversal)
const patternCost = (text: number, pattern: number) =>
  Math.ceil((1 + text) * traversal) * Math.ceil(pattern * patternLength)

/** The data of a value, all of it. */
function traverse(value: Result): number {
  if (typeof value === 'string') return Math.floor(Buffer.byteLength(value) * traversal)
  if (value instanceof Uint8Array) return Math.floor(value.length * traversal)
  if (isList(value)) return value.reduce<number>((sum, each) => sum + traverse(each), 0)
  if (value instanceof MapValue) {
    let sum = 0
    for (const key of value.keys()) sum += traverse(key) + traverse(value.find(key) as Value)
    return sum
  }
  return 1
}

function selector(length: number): number {
  return listMade + Math.ceil(length * traversal) + Math.ceil(Math.ceil(length * 0.5) * 50)
}

const allocated = (factor: number, count: number) => Math.floor(count * factor) + 1 + listMade

function selfCompare(list: Result | undefined): number {
  const count = size(list)
  const [first] = isList(list) ? list : []
  const factor = typeof first === 'string' || first instanceof Uint8Array ? 2 + traversal : 2
  return count === 0 ? allocated(2, 0) : allocated(factor, count * count)
}

const setsCost =
  (factor: number): Cost =>
  ([a, b]) =>
    1 + Math.floor(size(a) * size(b) * factor)

const nominal = (names: string) => names.split(' ').map(name => [name, constant(1)] as const)

/** Costs by overload; these go before all others. */
const ofOverloads = new Map<string, Cost>([
  ['list_slice', (_, result) => allocated(1, size(result))],
  ['list_flatten', ([list]) => allocated(1, size(list))],
  ['list_flatten_int', ([list, depth]) => allocated(Number(depth), size(list))],
  ['lists_range', (_, result) => allocated(1, size(result))],
  ['list_reverse', (_, result) => allocated(1, size(result))],
  ['list_distinct', ([list]) => selfCompare(list)],
  ['list_sets_contains_list', setsCost(1)],
  ['list_sets_intersects_list', setsCost(1)],
  ['list_sets_equivalent_list', setsCost(2)],
])

/** Costs by function. */
const ofFunctions = new Map<string, Cost>([
  ['check', constant(350_000)],
  ...nominal('serviceAccount path group resource subresource namespace name allowed reason error errored'),
  ...nominal(
    'masked prefixLength family isUnspecified isLoopback isLinkLocalMulticast isLinkLocalUnicast isGlobalUnicast',
  ),
  ...nominal(
    'sign asInteger isInteger asApproximateFloat isGreaterThan isLessThan compareTo add sub major minor patch',
  ),
  ...nominal('getScheme getHostname getHost getPort getEscapedPath getQuery format.named'),
  ...['fieldSelector', 'labelSelector'].map(name => [name, ([, text]) => selector(size(text))] as [string, Cost]),
  ...['isSorted', 'sum', 'max', 'min', 'indexOf', 'lastIndexOf'].map(
    name => [name, ([first]) => traverse(first as Result)] as [string, Cost],
  ),
  ...'url lowerAscii upperAscii substring trim jsonpatch.escapeKey cidr isIP isCIDR quantity isQuantity semver isSemver'
    .split(' ')
    .map(name => [name, reads(1)] as [string, Cost]),
  ...['replace', 'split', 'ip.isCanonical'].map(name => [name, reads(2)] as [string, Cost]),
  ['join', (_, result) => Math.ceil(size(result) * 2 * traversal)],
  ['find', ([text, pattern]) => patternCost(size(text), size(pattern))],
  ['findAll', ([text, pattern]) => patternCost(size(text), size(pattern))],
  ['ip', ([first], _, overload) => (overload === 'cidr_ip' ? 1 : Math.ceil(size(first) * traversal))],
  [
    'containsIP',
    ([cidr, other], _, overload) =>
      Math.ceil(size(cidr) * 2 * traversal) +
      (overload === 'cidr_contains_ip_string' ? Math.ceil(size(other) * traversal) : 0),
  ],
  [
    'containsCIDR',
    ([cidr, other], _, overload) =>
      Math.ceil(size(cidr) * 2 * traversal) +
      Math.ceil(size(cidr) * traversal) +
      1 +
      (overload === 'cidr_contains_cidr_string' ? Math.ceil(size(other) * traversal) : 0),
  ],
  [
    'validate',
    ([format, text]) => (format instanceof NamedFormat ? patternCost(size(text), format.patternSize) : undefined),
  ],
  ['_==_', ([left]) => (left instanceof LibraryValue ? 1 : undefined)],
])

const lesserSize: Cost = ([a, b]) => Math.ceil(Math.min(size(a), size(b)) * traversal)

/** What the language's own functions cost; everything else costs 1. */
const ofLanguage = new Map<string, Cost>([
  ...'starts_with_string ends_with_string string_to_bytes bytes_to_string strings_quote string_format'
    .split(' ')
    .map(id => [id, reads(1)] as [string, Cost]),
  ['in_list', ([, list]) => size(list)],
  ...['less', 'less_equals', 'greater', 'greater_equals'].flatMap(name =>
    ['string', 'bytes'].map(type => [`${name}_${type}`, lesserSize] as [string, Cost]),
  ),
  ['equals', lesserSize],
  ['not_equals', lesserSize],
  ['add_string', ([a, b]) => Math.ceil((size(a) + size(b)) * traversal)],
  ['add_bytes', ([a, b]) => Math.ceil((size(a) + size(b)) * traversal)],
  ['matches_string', ([text, pattern]) => patternCost(size(text), size(pattern))],
  ['contains_string', ([a, b]) => Math.ceil(size(a) * traversal) * Math.ceil(size(b) * traversal)],
])

const isSort = /^list_\w+_(sort|sortByAssociatedKeys)$/

/** What one call costs. `overload` is empty where only the arguments decided which one it was. */
export function callCost(name: string, overload: string, args: readonly Result[], result: Result): number {
  if (isSort.test(overload)) return selfCompare(overload.endsWith('_sort') ? args[0] : args[1])
  return (
    ofOverloads.get(overload)?.(args, result, overload) ??
    ofFunctions.get(name)?.(args, result, overload) ??
    ofLanguage.get(overload)?.(args, result, overload) ??
    1
  )
}
