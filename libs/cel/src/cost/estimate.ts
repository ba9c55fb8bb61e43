import type { Checked } from '../check/checker.ts'
import type { Type } from '../check/types.ts'
import { codePointCount } from '../evaluate/values.ts'
import type { Call, Comprehension, Expression, Literal } from '../syntax/expression.ts'
import { hiddenAccumulator } from '../syntax/expression.ts'
import { operator } from '../syntax/operators.ts'
import { estimateCall } from './calls.ts'
import { fixed, one, plus, type Range, times, union, unknown, zero } from './size.ts'

/** A part of an expression, as far as costs depend on it. */
export interface CostNode {
  /** `['self', 'spec', '@items']`: where in the variables it comes from. Empty: it is computed. */
  readonly path: readonly string[]
  readonly type: Type
  readonly expression: Expression | undefined
  /** What the expression itself tells of its size. */
  readonly size: Range | undefined
}

/** Sizes that a schema bounds. `undefined`: it says nothing. */
export type EstimateSize = (node: Pick<CostNode, 'path' | 'type' | 'expression'>) => Range | undefined

/** The least and the most that an expression can cost, by upstream's rules. */
export function estimateCost(checked: Checked, estimateSize: EstimateSize = () => undefined): Range {
  return new Estimator(checked, estimateSize).cost(checked.expression)
}

interface EntrySize {
  container: 'list' | 'map'
  key: Range
  value: Range
}

interface Local {
  path: readonly string[]
  size: Range | undefined
  entries: EntrySize | undefined
}

class Estimator {
  readonly #checked: Checked
  readonly #estimateSize: EstimateSize
  readonly #paths = new Map<number, readonly string[]>()
  readonly #sizes = new Map<number, Range>()
  readonly #entries = new Map<number, EntrySize>()
  readonly #locals = new Map<string, Local[]>()

  constructor(checked: Checked, estimateSize: EstimateSize) {
    this.#checked = checked
    this.#estimateSize = estimateSize
  }

  cost(expression: Expression): Range {
    switch (expression.kind) {
      case 'literal':
      case 'unspecified':
        return zero
      case 'identifier':
        return this.#identifier(expression, expression.name)
      case 'select':
        return this.#select(expression)
      case 'call':
        return this.#call(expression)
      case 'list': {
        const costs = expression.elements.map(each => this.cost(each))
        const sizes = expression.elements.map(each => this.#sizeOrUnknown(each))
        this.#entries.set(expression.id, { container: 'list', key: one, value: unionOf(sizes) })
        return plus(...costs, fixed(10))
      }
      case 'map': {
        const costs = expression.entries.flatMap(each => [this.cost(each.key), this.cost(each.value)])
        this.#entries.set(expression.id, {
          container: 'map',
          key: unionOf(expression.entries.map(each => this.#sizeOrUnknown(each.key))),
          value: unionOf(expression.entries.map(each => this.#sizeOrUnknown(each.value))),
        })
        return plus(...costs, fixed(30))
      }
      case 'struct':
        return plus(...expression.fields.map(each => this.cost(each.value)), fixed(40))
      case 'comprehension':
        return isBinding(expression) ? this.#binding(expression) : this.#comprehension(expression)
    }
  }

  #identifier(expression: Expression, name: string): Range {
    this.#paths.set(expression.id, this.#local(name)?.path ?? [name])
    return one
  }

  #select(expression: Extract<Expression, { kind: 'select' }>): Range {
    const named = this.#checked.names.get(expression.id)
    if (named !== undefined) return this.#identifier(expression, named.name)
    const operand = this.cost(expression.operand)
    if (expression.testOnly) return operand
    this.#paths.set(expression.id, [...this.#path(expression.operand), expression.field])
    const { kind } = this.#type(expression.operand)
    return kind === 'map' || kind === 'struct' || kind === 'parameter' ? plus(operand, one) : operand
  }

  #call(call: Call): Range {
    if (call.function === 'dyn') {
      const [argument] = call.arguments as [Expression]
      const cost = this.cost(argument)
      this.#copySizes(call, argument)
      return plus(one, cost)
    }
    const costs: Range[] = []
    const args: CostNode[] = []
    for (const each of call.arguments) {
      costs.push(this.cost(each))
      args.push(this.#node(each))
    }
    const overloads = this.#overloads(call)
    if (overloads.length === 0) return zero
    const member = call.target !== undefined && !this.#checked.functions.has(call.id)
    const target = member
      ? { cost: this.cost(call.target as Expression), node: this.#node(call.target as Expression) }
      : undefined
    const name = this.#checked.functions.get(call.id)?.name ?? call.function
    let total: Range | undefined
    let size: Range | undefined
    for (const id of overloads) {
      const estimate = this.#overload(call, name, id, target?.node, args, costs)
      total = total === undefined ? estimate.cost : union(total, estimate.cost)
      if (estimate.size !== undefined) size = size === undefined ? estimate.size : union(size, estimate.size)
      if (id === 'index_list' || id === 'index_map') {
        const [container] = call.arguments as [Expression]
        size = this.#entrySize(container)?.value
        this.#paths.set(call.id, [...this.#path(container), id === 'index_list' ? '@items' : '@values'])
      }
      size ??= this.#size(call)
    }
    if (size !== undefined) this.#sizes.set(call.id, size)
    return plus(target?.cost ?? zero, total as Range)
  }

  #overloads(call: Call): string[] {
    if (call.function === operator.optionalSelect) return ['select_optional_field']
    return (this.#checked.overloads.get(call.id) ?? []).map(each => each.id)
  }

  #overload(
    call: Call,
    name: string,
    id: string,
    target: CostNode | undefined,
    args: readonly CostNode[],
    costs: readonly Range[],
  ): { cost: Range; size?: Range | undefined } {
    const known = estimateCall(name, id, target, args, this.#estimateSize)
    if (known !== undefined) return { cost: plus(known.cost, ...costs), size: known.size }
    switch (id) {
      case 'logical_or':
      case 'logical_and': {
        const [left, right] = costs as [Range, Range]
        return { cost: { min: left.min, max: plus(left, right).max } }
      }
      case 'conditional': {
        const [condition, whenTrue, whenFalse] = costs as [Range, Range, Range]
        const [, second, third] = call.arguments as [Expression, Expression, Expression]
        this.#setEntries(call, unionEntries(this.#entrySize(second), this.#entrySize(third)))
        const size = union(this.#sizeOrUnknown(second), this.#sizeOrUnknown(third))
        return { cost: plus(condition, union(whenTrue, whenFalse)), size }
      }
      case 'add_string':
      case 'add_bytes':
      case 'add_list': {
        const [left, right] = call.arguments as [Expression, Expression]
        this.#setEntries(call, unionEntries(this.#entrySize(left), this.#entrySize(right)))
        break
      }
    }
    const own = estimateCall(`language:${name}`, id, target, args, this.#estimateSize)
    return { cost: plus(own?.cost ?? one, ...costs), size: own?.size }
  }

  #comprehension(fold: Comprehension): Range {
    const start = plus(this.cost(fold.range), this.cost(fold.initial))
    this.#push(fold.accumulator, this.#bound(fold.initial))
    const entries = this.#entrySize(fold.range)
    const container = entries?.container ?? this.#type(fold.range).kind
    const path = this.#path(fold.range)
    const list = container === 'list'
    const keys = { path: [...path, list ? '@indices' : '@keys'], size: entries?.key, entries: undefined }
    const values = { path: [...path, list ? '@items' : '@values'], size: entries?.value, entries: undefined }
    if (fold.variable2 === undefined) this.#push(fold.variable, list ? values : keys)
    else {
      this.#push(fold.variable, keys)
      this.#push(fold.variable2, values)
    }
    const round = plus(this.cost(fold.condition), this.cost(fold.step))
    this.#pop(fold.variable)
    if (fold.variable2 !== undefined) this.#pop(fold.variable2)
    const result = this.cost(fold.result)
    this.#pop(fold.accumulator)
    const count = this.#sizeOrUnknown(fold.range)
    if (fold.initial.kind === 'literal') this.#setSize(fold, this.#size(fold.initial))
    else if (fold.initial.kind === 'list' || fold.initial.kind === 'map') {
      this.#setSize(fold, count)
      this.#setEntries(fold, this.#entrySize(fold.step))
    }
    return plus(start, result, times(count, round))
  }

  #binding(fold: Comprehension): Range {
    const start = plus(this.cost(fold.range), this.cost(fold.initial))
    this.#push(fold.accumulator, this.#bound(fold.initial))
    const result = this.cost(fold.result)
    this.#pop(fold.accumulator)
    this.#copySizes(fold, fold.result)
    return plus(start, result)
  }

  #bound(expression: Expression): Local {
    return { path: this.#path(expression), size: this.#size(expression), entries: this.#entrySize(expression) }
  }

  #push(name: string, local: Local): void {
    const stack = this.#locals.get(name)
    if (stack === undefined) this.#locals.set(name, [local])
    else stack.push(local)
  }
  #pop(name: string): void {
    this.#locals.get(name)?.pop()
  }
  #local(name: string): Local | undefined {
    return this.#locals.get(name)?.at(-1)
  }

  #type(expression: Expression): Type {
    return this.#checked.types.get(expression.id) as Type
  }

  #path(expression: Expression): readonly string[] {
    if (expression.kind === 'identifier') {
      const local = this.#local(expression.name)
      if (local !== undefined) return local.path
    }
    return this.#paths.get(expression.id) ?? []
  }

  #node(expression: Expression): CostNode {
    const path = this.#path(expression)
    const computed = path[0] === hiddenAccumulator
    return { path: computed ? [] : path, type: this.#type(expression), expression, size: this.#size(expression) }
  }

  #size(expression: Expression): Range | undefined {
    const known = this.#sizes.get(expression.id) ?? ownSize(expression)
    if (known !== undefined) return known
    const estimated = this.#estimateSize({ path: this.#path(expression), type: this.#type(expression), expression })
    if (estimated !== undefined) {
      this.#sizes.set(expression.id, estimated)
      return estimated
    }
    if (isScalar(this.#type(expression))) return one
    return expression.kind === 'identifier' ? this.#local(expression.name)?.size : undefined
  }

  #sizeOrUnknown(expression: Expression): Range {
    return this.#size(expression) ?? unknown
  }
  #setSize(expression: Expression, size: Range | undefined): void {
    if (size !== undefined) this.#sizes.set(expression.id, size)
  }
  #entrySize(expression: Expression): EntrySize | undefined {
    const known = this.#entries.get(expression.id)
    if (known !== undefined || expression.kind !== 'identifier') return known
    return this.#local(expression.name)?.entries
  }
  #setEntries(expression: Expression, entries: EntrySize | undefined): void {
    if (entries !== undefined) this.#entries.set(expression.id, entries)
  }
  #copySizes(to: Expression, from: Expression): void {
    this.#setSize(to, this.#size(from))
    this.#setEntries(to, this.#entrySize(from))
  }
}

/** A fold that only gives a value a name: what `optMap` and `sortBy` are. */
const isBinding = ({ range, condition }: Comprehension) =>
  range.kind === 'list' && range.elements.length === 0 && condition.kind === 'literal' && condition.value === false

function ownSize(expression: Expression): Range | undefined {
  if (expression.kind === 'list') return fixed(expression.elements.length)
  if (expression.kind === 'map') return fixed(expression.entries.length)
  return expression.kind === 'literal' ? fixed(literalSize(expression)) : undefined
}

function literalSize({ value }: Literal): number {
  if (typeof value === 'string') return codePointCount(value)
  return value instanceof Uint8Array ? value.length : 1
}

function isScalar(type: Type): boolean {
  if (type.kind === 'opaque' && type.name === 'optional_type') return isScalar(type.parameters[0] as Type)
  return ['bool', 'double', 'duration', 'int', 'timestamp', 'uint'].includes(type.kind)
}

/** Of nothing: a range that any other replaces, or zero where there is no other. */
function unionOf(sizes: readonly Range[]): Range {
  if (sizes.length === 0) return zero
  return sizes.reduce(union, { min: unknown.max, max: 0n })
}

function unionEntries(a: EntrySize | undefined, b: EntrySize | undefined): EntrySize | undefined {
  if (a === undefined || b === undefined) return undefined
  return { container: a.container, key: union(a.key, b.key), value: union(a.value, b.value) }
}
