import type { CostNode, EstimateSize } from './estimate.ts'
import { fixed, lesser, one, plus, type Range, scaled, times, unknown } from './size.ts'

/** What a call costs beyond its arguments, and how large its result is. */
export interface CallEstimate {
  cost: Range
  size?: Range | undefined
}

interface Asked {
  overload: string
  target: CostNode | undefined
  args: readonly CostNode[]
  /** The size of a node, by whatever is known of it. */
  sizeOf: (node: CostNode) => Range
  estimateSize: EstimateSize
}

type Estimate = (asked: Asked) => CallEstimate | undefined

const traversal = 0.1
const patternLength = 0.25
const largestFormat = 64
const largestNamePattern = 128

const nominal: Estimate = () => ({ cost: one })
const exactly =
  (units: number): Estimate =>
  () => ({ cost: fixed(units) })

/** Reading the first argument so many times; `keeps`: the result is as large. */
const readsArgument =
  (times: number, keeps = false): Estimate =>
  ({ args: [first], sizeOf }) => {
    if (first === undefined) return undefined
    const size = sizeOf(first)
    return { cost: scaled(size, times * traversal), size: keeps ? size : undefined }
  }

const readsTarget: Estimate = ({ target, sizeOf }) => {
  if (target === undefined) return undefined
  const size = sizeOf(target)
  return { cost: scaled(size, traversal), size }
}

const selector: Estimate = ({ args, sizeOf }) => {
  const [text] = args
  if (args.length !== 1 || text === undefined) return undefined
  const length = sizeOf(text)
  return { cost: plus(fixed(10), scaled(length, traversal), scaled(scaled(length, 0.5), 50)) }
}

function elementOf(list: CostNode): CostNode | undefined {
  const [type] = list.type.parameters
  if (type === undefined) return undefined
  return { path: list.path.length === 0 ? [] : [...list.path, '@items'], type, expression: undefined, size: undefined }
}

const readsElements: Estimate = ({ target, sizeOf }) => {
  if (target === undefined) return undefined
  const element = elementOf(target)
  if (element === undefined) return { cost: scaled(sizeOf(target), traversal) }
  const text = element.type.kind === 'string' || element.type.kind === 'bytes'
  const each = text ? plus(one, scaled(sizeOf(element), traversal)) : one
  return { cost: times(sizeOf(target), each) }
}

const replace: Estimate = ({ target, args, sizeOf }) => {
  const [old, by] = args
  if (target === undefined || old === undefined || by === undefined) return undefined
  const [size, oldSize, bySize] = [sizeOf(target), sizeOf(old), sizeOf(by)]
  const next = (value: bigint) => (value < unknown.max ? value + 1n : value)
  let count = { min: 0n, max: 0n }
  let kept = { min: 0n, max: 0n }
  if (oldSize.min === 0n)
    [count, kept] = [
      { ...count, max: next(size.max) },
      { ...kept, max: size.max },
    ]
  else if (bySize.max <= oldSize.min) kept = { ...kept, max: size.max }
  else count = { ...count, max: divideUp(size.max, oldSize.min) }
  if (oldSize.max === 0n)
    [count, kept] = [
      { ...count, min: next(size.min) },
      { ...kept, min: size.min },
    ]
  else if (oldSize.max <= bySize.min) kept = { ...kept, min: size.min }
  else count = { ...count, min: divideUp(size.min, oldSize.max) }
  return { cost: scaled(size, 2 * traversal), size: plus(times(count, bySize), kept) }
}

const divideUp = (value: bigint, by: bigint): bigint => {
  const result = Math.ceil(Number(value) / Number(by))
  return result >= 2 ** 64 ? unknown.max : BigInt(result)
}

const split: Estimate = ({ target, args, sizeOf }) => {
  if (target === undefined) return undefined
  const size = sizeOf(target)
  const limit = args[1]?.expression
  const most = limit?.kind === 'literal' && typeof limit.value === 'bigint' ? BigInt.asUintN(64, limit.value) : size.max
  return { cost: scaled(size, 2 * traversal), size: { min: 0n, max: most } }
}

const join: Estimate = ({ target, args: [separator], sizeOf }) => {
  if (target === undefined) return undefined
  const count = sizeOf(target)
  const element = elementOf(target)
  let size = element === undefined ? fixed(0) : times(count, sizeOf(element))
  if (separator !== undefined) {
    const less = (value: bigint) => (value > 0n ? value - 1n : 0n)
    size = plus(size, times(sizeOf(separator), { min: less(count.min), max: less(count.max) }))
  }
  return { cost: scaled(size, traversal), size }
}

const patternCost = (text: Range, pattern: Range) =>
  times(scaled(plus(text, one), traversal), scaled(pattern, patternLength))

const find: Estimate = ({ target, args: [pattern], sizeOf }) => {
  if (target === undefined || pattern === undefined) return undefined
  const size = sizeOf(target)
  return { cost: patternCost(size, sizeOf(pattern)), size: { min: 0n, max: size.max } }
}

const addressBytes: Range = { min: 4n, max: 16n }
const compared = scaled(plus(addressBytes, addressBytes), traversal)

const containsIp: Estimate = ({ overload, args: [other], sizeOf }) => {
  if (other === undefined) return undefined
  const parsed = overload === 'cidr_contains_ip_string' ? scaled(sizeOf(other), traversal) : fixed(0)
  return { cost: plus(compared, parsed) }
}

const containsCidr: Estimate = ({ overload, args: [other], sizeOf }) => {
  if (other === undefined) return undefined
  const parsed = overload === 'cidr_contains_cidr_string' ? scaled(sizeOf(other), traversal) : fixed(0)
  return { cost: plus(compared, scaled(addressBytes, traversal), one, parsed) }
}

const validate: Estimate = ({ args: [text], sizeOf }) =>
  text === undefined ? undefined : { cost: scaled(scaled(sizeOf(text), traversal), largestNamePattern * patternLength) }

/** Equality of types that only libraries know; of all others it is the language's. */
const libraryEquality: Estimate = ({ args: [left, right] }) => {
  if (left === undefined || right === undefined) return undefined
  const { name } = left.type
  if (name !== right.type.name) return undefined
  if (name === 'kubernetes.NamedFormat') return { cost: scaled({ min: 1n, max: BigInt(largestFormat) }, traversal) }
  if (name === 'kubernetes.URL') return { cost: scaled({ min: 1n, max: right.size?.max ?? 1n }, traversal) }
  return /^(net\.(IP|CIDR)|kubernetes\.(Quantity|Semver|authorization\..*))$/.test(name) ? { cost: one } : undefined
}

const named = (names: string, estimate: Estimate) => names.split(' ').map(name => [name, estimate] as const)

const ofFunctions = new Map<string, Estimate>([
  ['check', exactly(350_000)],
  ...named('serviceAccount path group resource subresource namespace name allowed reason error errored', nominal),
  ...named('masked prefixLength family isUnspecified isLoopback isLinkLocalMulticast isLinkLocalUnicast', nominal),
  ...named(
    'isGlobalUnicast format.named sign asInteger isInteger asApproximateFloat isGreaterThan isLessThan',
    nominal,
  ),
  ...named(
    'compareTo add sub major minor patch getScheme getHostname getHost getPort getEscapedPath getQuery',
    nominal,
  ),
  ...named('fieldSelector labelSelector', selector),
  ...named('isSorted sum max min indexOf lastIndexOf', readsElements),
  ...named('url jsonpatch.escapeKey', readsArgument(1, true)),
  ...named('lowerAscii upperAscii substring trim', readsTarget),
  ...named('cidr isIP isCIDR quantity isQuantity semver isSemver', readsArgument(1)),
  ['ip.isCanonical', readsArgument(2)],
  ['ip', asked => (asked.overload === 'cidr_ip' ? { cost: one } : readsArgument(1)(asked))],
  ['replace', replace],
  ['split', split],
  ['join', join],
  ...named('find findAll', find),
  ['containsIP', containsIp],
  ['containsCIDR', containsCidr],
  ['validate', validate],
  ['_==_', libraryEquality],
])

const allocated = (factor: number, size: Range): CallEstimate => ({
  cost: plus(scaled(size, factor), one, fixed(10)),
  size,
})

const literalInt = (node: CostNode | undefined, otherwise: bigint): bigint => {
  const literal = node?.expression
  if (literal?.kind !== 'literal' || typeof literal.value !== 'bigint') return otherwise
  return literal.value < 0n ? 0n : literal.value
}

const sets =
  (factor: number): Estimate =>
  ({ args: [a, b], sizeOf }) =>
    a === undefined || b === undefined ? undefined : { cost: plus(scaled(times(sizeOf(a), sizeOf(b)), factor), one) }

const sorted = (factor: number, list: CostNode, sizeOf: (node: CostNode) => Range) =>
  allocated(factor, times(sizeOf(list), sizeOf(list)))

const ofOverloads = new Map<string, Estimate>([
  [
    'list_slice',
    ({ target, args, sizeOf }) =>
      target &&
      allocated(1, fixed(BigInt.asUintN(64, literalInt(args[1], sizeOf(target).max) - literalInt(args[0], 0n)))),
  ],
  ['list_flatten', ({ target, sizeOf }) => target && allocated(1, sizeOf(target))],
  [
    'list_flatten_int',
    ({ target, args, sizeOf }) => target && allocated(Number(literalInt(args[0], unknown.max)), sizeOf(target)),
  ],
  ['lists_range', ({ args }) => allocated(1, fixed(literalInt(args[0], unknown.max)))],
  ['list_reverse', ({ target, sizeOf }) => target && allocated(1, sizeOf(target))],
  ['list_distinct', ({ target, sizeOf }) => target && sorted(2, target, sizeOf)],
  ['list_sets_contains_list', sets(1)],
  ['list_sets_intersects_list', sets(1)],
  ['list_sets_equivalent_list', sets(2)],
])

const sort: Estimate = ({ overload, target, args, sizeOf }) => {
  const keys = overload.endsWith('_sort') ? target : args[0]
  if (keys === undefined) return undefined
  return sorted(/^list_(string|bytes)_/.test(overload) ? 2 + traversal : 2, keys, sizeOf)
}

const lesserSize: Estimate = ({ args: [a, b] }) => {
  const max = lesser(ownSize(a).max, ownSize(b).max)
  return { cost: scaled({ min: max > 0n ? 1n : 0n, max }, traversal) }
}

const ownSize = (node: CostNode | undefined) => node?.size ?? unknown

const joined =
  (unit: 'traversal' | 'one'): Estimate =>
  ({ args: [a, b] }) => {
    const size = plus(ownSize(a), ownSize(b))
    return { cost: unit === 'one' ? one : scaled(size, traversal), size }
  }

const converted =
  (least: bigint, most: bigint): Estimate =>
  ({ args: [first] }) => {
    const size = ownSize(first)
    return {
      cost: scaled(size, traversal),
      size: { min: size.min / least, max: most === 1n ? size.max : BigInt.asUintN(64, size.max * most) },
    }
  }

/** The language's own functions. Sizes that only a schema knows do not count here. */
const ofLanguage = new Map<string, Estimate>([
  ['string_format', ({ target }) => target && { cost: scaled(ownSize(target), traversal) }],
  ['string_to_bytes', converted(1n, 4n)],
  ['bytes_to_string', converted(4n, 1n)],
  [
    'strings_quote',
    ({ args: [first] }) => {
      const size = ownSize(first)
      return {
        cost: scaled(size, traversal),
        size: { min: size.min + 2n, max: BigInt.asUintN(64, size.max * 2n + 2n) },
      }
    },
  ],
  ...named('starts_with_string ends_with_string', ({ args: [first] }) => ({ cost: scaled(ownSize(first), traversal) })),
  ['in_list', ({ args: [, list] }) => ({ cost: ownSize(list) })],
  [
    'matches_string',
    ({ target, args: [pattern] }) => target && { cost: patternCost(ownSize(target), ownSize(pattern)) },
  ],
  [
    'contains_string',
    ({ target, args: [part] }) =>
      target && { cost: times(scaled(ownSize(target), traversal), scaled(ownSize(part), traversal)) },
  ],
  ['add_string', joined('traversal')],
  ['add_bytes', joined('traversal')],
  ['add_list', joined('one')],
  ['equals', lesserSize],
  ['not_equals', lesserSize],
  ...['less', 'less_equals', 'greater', 'greater_equals'].flatMap(name =>
    named(`${name}_string ${name}_bytes`, lesserSize),
  ),
])

/** `name` is a function's; with `language:` before it, what the language itself says is asked for. */
export function estimateCall(
  name: string,
  overload: string,
  target: CostNode | undefined,
  args: readonly CostNode[],
  estimateSize: EstimateSize,
): CallEstimate | undefined {
  const sizeOf = (node: CostNode) => node.size ?? estimateSize(node) ?? unknown
  const asked: Asked = { overload, target, args, sizeOf, estimateSize }
  if (name.startsWith('language:')) return ofLanguage.get(overload)?.(asked)
  if (/^list_\w+_(sort|sortByAssociatedKeys)$/.test(overload)) return sort(asked)
  return ofOverloads.get(overload)?.(asked) ?? ofFunctions.get(name)?.(asked)
}
