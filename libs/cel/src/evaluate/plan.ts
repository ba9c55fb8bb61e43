import type { Checked } from '../check/checker.ts'
import type { FunctionDeclaration, Overload } from '../check/declarations.ts'
import type { Environment } from '../check/environment.ts'
import type { Type } from '../check/types.ts'
import { conversionNames } from '../functions/conversions.ts'
import { compilePattern, patternFunctions } from '../functions/regex.ts'
import {
  type Call,
  type Comprehension,
  type Expression,
  hiddenAccumulator,
  type ListLiteral,
  type MapLiteral,
  type StructLiteral,
} from '../syntax/expression.ts'
import { plainName } from '../syntax/names.ts'
import { operator } from '../syntax/operators.ts'
import {
  type Attribute,
  ConditionalAttribute,
  PathAttribute,
  type Qualifier,
  type Result,
  type Step,
} from './attributes.ts'
import { callStep, checkedCall, dispatching } from './calls.ts'
import { constantMembership, equality, logical, notStrictlyFalse, orElse } from './operators.ts'
import { attribute, constant, type Planned } from './planned.ts'
import {
  Failure,
  isKey,
  isList,
  LiteralMap,
  MapValue,
  noSuchOverload,
  Optional,
  type StructValue,
  TypeValue,
  typeOfValue,
  Uint,
  type Value,
} from './values.ts'

/** Makes a struct of the values that an expression gives its fields. */
export type MakeStruct = (typeName: string, fields: ReadonlyMap<string, Value>) => StructValue | Failure

/** An expression that can be run, with what cannot be known before it is planned: a constant that cannot be converted. */
export interface Plan {
  run: Step
  slots: number
}

export function plan(checked: Checked, environment: Environment, makeStruct?: MakeStruct): Plan | Failure {
  const planner = new Planner(checked, environment, makeStruct)
  try {
    const planned = planner.plan(checked.expression)
    return { run: planned.run, slots: planner.slots }
  } catch (error) {
    if (error instanceof PlanFailed) return new Failure(error.message)
    throw error
  }
}

class PlanFailed extends Error {}

class Planner {
  slots = 0
  readonly #checked: Checked
  readonly #environment: Environment
  readonly #makeStruct: MakeStruct | undefined
  readonly #scopes: Map<string, Step>[] = []
  /** Accumulators whose container may grow in place. */
  readonly #growing = new Set<Step>()

  constructor(checked: Checked, environment: Environment, makeStruct: MakeStruct | undefined) {
    this.#checked = checked
    this.#environment = environment
    this.#makeStruct = makeStruct
  }

  plan(expression: Expression): Planned {
    switch (expression.kind) {
      case 'literal':
        return constant(literal(expression.value))
      case 'identifier':
      case 'select':
        return this.#reference(expression)
      case 'call':
        return this.#call(expression)
      case 'list':
        return this.#list(expression)
      case 'map':
        return this.#map(expression)
      case 'struct':
        return this.#struct(expression)
      case 'comprehension':
        return this.#comprehension(expression)
      case 'unspecified':
        throw new Error('an expression with a syntax error is not planned')
    }
  }

  #reference(expression: Extract<Expression, { kind: 'identifier' | 'select' }>): Planned {
    const named = this.#checked.names.get(expression.id)
    if (named?.names === 'type') {
      const type = (this.#checked.types.get(expression.id) as Type).parameters[0]
      return constant(new TypeValue(type?.name ?? named.name))
    }
    if (named !== undefined) return attribute(new PathAttribute(this.#variable(named.name)))
    if (expression.kind === 'identifier') throw new Error(`${expression.name} was not checked`)
    const operand = this.#asAttribute(this.plan(expression.operand))
    operand.add({ optional: false, testOnly: expression.testOnly, key: () => expression.field })
    if (!expression.testOnly) return attribute(operand)
    return { kind: 'other', run: frame => test(operand.resolve(frame)) }
  }

  #variable(name: string): Step {
    for (let depth = this.#scopes.length - 1; depth >= 0; depth--) {
      const local = (this.#scopes[depth] as Map<string, Step>).get(name)
      if (local !== undefined) return local
    }
    return frame => {
      const value = frame.variables(name)
      return value === undefined ? new Failure(`no such attribute(s): ${name}`) : (value as Result)
    }
  }

  /** What selections can be added to. A value that was computed costs one unit more when it is looked into. */
  #asAttribute(planned: Planned): Attribute {
    return planned.kind === 'attribute' ? planned.attribute : new PathAttribute(planned.run)
  }

  #call(call: Call): Planned {
    const declared = this.#checked.functions.get(call.id)
    const args = (
      declared === undefined && call.target !== undefined ? [call.target, ...call.arguments] : call.arguments
    ).map(each => this.plan(each))
    const name = declared?.name ?? call.function
    switch (name) {
      case operator.and:
        return logical(args, false)
      case operator.or:
        return logical(args, true)
      case operator.conditional:
        return this.#conditional(args)
      case operator.equals:
      case operator.notEquals:
        return equality(name, args)
      case operator.index:
        return this.#index(args, false)
      case operator.optionalIndex:
      case operator.optionalSelect:
        return this.#index(args, true)
    }
    return this.#function(
      call,
      declared ?? (this.#environment.functions.get(plainName(name)) as FunctionDeclaration),
      args,
    )
  }

  #conditional(args: Planned[]): Planned {
    const [condition, whenTrue, whenFalse] = args as [Planned, Planned, Planned]
    const made = new ConditionalAttribute(condition.run, this.#asAttribute(whenTrue), this.#asAttribute(whenFalse))
    // the condition and the side that is taken have their own costs
    return { kind: 'attribute', attribute: made, run: frame => made.resolve(frame) }
  }

  #index([operand, index]: Planned[], optional: boolean): Planned {
    const into = this.#asAttribute(operand as Planned)
    const at = index as Planned
    const key: Step = at.kind === 'attribute' ? frame => at.attribute.resolve(frame) : at.run
    const qualifier: Qualifier = { optional, testOnly: false, key }
    into.add(qualifier)
    return attribute(into)
  }

  #function(call: Call, declared: FunctionDeclaration, args: Planned[]): Planned {
    const overloads = this.#checked.overloads.get(call.id) ?? declared.overloads
    const only = overloads.length === 1 ? (overloads[0] as Overload) : undefined
    const id = only?.id ?? ''
    if (id === 'optional_or_optional' || id === 'optional_orValue_value')
      return orElse(args, id === 'optional_orValue_value')
    if (declared.name === operator.notStrictlyFalse) return notStrictlyFalse(args[0] as Planned)
    if (id === 'in_list') {
      const membership = constantMembership(args as [Planned, Planned])
      if (membership !== undefined) return membership
    }
    const grown = this.#grow(call, declared.name, args)
    if (grown !== undefined) return grown
    this.#checkPattern(declared.name, args)
    const implementation = only === undefined ? dispatching(declared, args.length) : checkedCall(only, declared)
    const run = callStep(
      declared.name,
      id,
      args.map(each => each.run),
      implementation,
    )
    const [argument] = args
    if (!conversionNames.has(declared.name) || args.length !== 1 || argument?.kind !== 'constant')
      return { kind: 'other', run }
    const value = implementation([argument.value])
    if (value instanceof Failure) throw new PlanFailed(value.message)
    return constant(value)
  }

  /** `@result + […]` and `cel.@mapInsert(@result, …)`: nobody else sees the container, so it grows in place. */
  #grow(call: Call, name: string, args: Planned[]): Planned | undefined {
    const [first] = call.arguments
    if (name !== operator.add && name !== operator.mapInsert) return undefined
    if (first?.kind !== 'identifier' || first.name !== hiddenAccumulator) return undefined
    if (!this.#growing.has(this.#variable(first.name))) return undefined
    const id = this.#checked.overloads.get(call.id)?.[0]?.id ?? ''
    const [container, ...added] = args.map(each => each.run) as [Step, ...Step[]]
    return { kind: 'other', run: callStep(name, id, [container, ...added], growInPlace) }
  }

  #checkPattern(name: string, args: readonly Planned[]): void {
    const pattern = args[1]
    if (!patternFunctions.has(name) || pattern?.kind !== 'constant' || typeof pattern.value !== 'string') return
    const compiled = compilePattern(pattern.value)
    if (compiled instanceof Failure) throw new PlanFailed(compiled.message)
  }

  #list(list: ListLiteral): Planned {
    const elements = list.elements.map(each => this.plan(each))
    const make = (values: readonly Value[]): Result => {
      if (list.optional.size === 0) return values
      const kept: Value[] = []
      for (const [index, value] of values.entries()) {
        if (!list.optional.has(index)) kept.push(value)
        else if (!(value instanceof Optional))
          return new Failure(`cannot initialize optional list element from non-optional value ${String(value)}`)
        else if (value.value !== undefined) kept.push(value.value)
      }
      return kept
    }
    return constructed(elements, make, 10)
  }

  #map(map: MapLiteral): Planned {
    const parts = map.entries.flatMap(each => [this.plan(each.key), this.plan(each.value)])
    const make = (values: readonly Value[]): Result => {
      const entries: [Value, Value][] = []
      for (const [index, entry] of map.entries.entries()) {
        const [key, value] = [values[index * 2] as Value, values[index * 2 + 1] as Value]
        if (!isKey(key)) return new Failure(`unsupported key type: ${typeOfValue(key).name}`)
        if (!entry.optional) entries.push([key, value])
        else if (!(value instanceof Optional))
          return new Failure(
            `cannot initialize optional entry '${String(key)}' from non-optional value ${String(value)}`,
          )
        else if (value.value !== undefined) entries.push([key, value.value])
      }
      return new LiteralMap(entries)
    }
    return constructed(parts, make, 30)
  }

  #struct(struct: StructLiteral): Planned {
    const values = struct.fields.map(each => this.plan(each.value).run)
    const typeName = plainName(struct.typeName)
    const make = this.#makeStruct
    return {
      kind: 'other',
      run: frame => {
        const fields = new Map<string, Value>()
        for (const [index, field] of struct.fields.entries()) {
          let value = (values[index] as Step)(frame)
          if (field.optional && value instanceof Optional) {
            if (value.value === undefined) continue
            value = value.value
          }
          if (value instanceof Failure) return value
          fields.set(field.name, value)
        }
        frame.charge(40)
        return make === undefined ? new Failure(`unknown type: ${typeName}`) : make(typeName, fields)
      },
    }
  }

  #comprehension(fold: Comprehension): Planned {
    const [first, second, accumulator] = [this.slots++, this.slots++, this.slots++]
    const growing = growingContainer(fold.initial)
    const initial: Step = growing ?? this.plan(fold.initial).run
    const range = this.plan(fold.range).run
    // the first use of the accumulator makes its first value: what binds a name costs nothing if it is not used
    const accumulated: Step = frame => {
      if (frame.slots[accumulator] === undefined) frame.slots[accumulator] = initial(frame)
      return frame.slots[accumulator] as Result
    }
    this.#scopes.push(new Map<string, Step>([[fold.accumulator, accumulated]]))
    if (growing !== undefined) this.#growing.add(accumulated)
    const inner = new Map<string, Step>([[fold.variable, frame => frame.slots[first] as Result]])
    if (fold.variable2 !== undefined) inner.set(fold.variable2, frame => frame.slots[second] as Result)
    if (fold.variable === fold.accumulator) inner.set(fold.accumulator, accumulated)
    this.#scopes.push(inner)
    const condition = this.plan(fold.condition).run
    const step = this.plan(fold.step).run
    this.#scopes.pop()
    const result = this.plan(fold.result).run
    this.#scopes.pop()
    const two = fold.variable2 !== undefined
    return {
      kind: 'other',
      run: frame => {
        const over = range(frame)
        if (over instanceof Failure) return over
        frame.slots[accumulator] = undefined
        const each = (one: Value, other: Value): boolean => {
          frame.slots[first] = one
          frame.slots[second] = other
          if (condition(frame) === false) return false
          frame.slots[accumulator] = step(frame)
          return true
        }
        if (!isList(over) && !(over instanceof MapValue))
          return new Failure(`got '${typeOfValue(over).name}', expected iterable type`)
        iterate(over, two, each)
        return result(frame)
      },
    }
  }
}

/** A fresh container for a fold that begins with an empty one. */
function growingContainer(initial: Expression): Step | undefined {
  if (initial.kind === 'list' && initial.elements.length === 0) return () => []
  return initial.kind === 'map' && initial.entries.length === 0 ? () => new LiteralMap() : undefined
}

function growInPlace([container, ...added]: Value[]): Result {
  if (container instanceof LiteralMap) {
    const [key, value] = added as [Value, Value | undefined]
    return value === undefined && key instanceof MapValue
      ? container.insertAll(key)
      : container.insert(key, value as Value)
  }
  const [list] = added
  if (!isList(list)) return noSuchOverload
  for (const each of list) (container as Value[]).push(each)
  return container as Value[]
}

function iterate(over: readonly Value[] | MapValue, two: boolean, each: (one: Value, other: Value) => boolean): void {
  if (over instanceof MapValue) {
    for (const key of over.keys()) if (!each(key, two ? (over.find(key) as Value) : null)) return
    return
  }
  for (let at = 0; at < over.length; at++) {
    const value = over[at] as Value
    if (!(two ? each(BigInt(at), value) : each(value, null))) return
  }
}

function literal(value: Extract<Expression, { kind: 'literal' }>['value']): Value {
  return typeof value === 'object' && value !== null && 'uint' in value ? new Uint(value.uint) : value
}

/** What `has()` says: the presence of the last field, or why it cannot be said. */
function test(result: Result): Result {
  return result instanceof Optional ? result.value === true : result
}

function constructed(parts: Planned[], make: (values: readonly Value[]) => Result, cost: number): Planned {
  if (parts.every(each => each.kind === 'constant')) {
    const value = make(parts.map(each => (each as Extract<Planned, { kind: 'constant' }>).value))
    if (!(value instanceof Failure)) return constant(value)
  }
  const steps = parts.map(each => each.run)
  return {
    kind: 'other',
    run: frame => {
      const values: Value[] = []
      let failure: Failure | undefined
      for (const step of steps) {
        const value = step(frame)
        if (value instanceof Failure) {
          failure = value
          break
        }
        values.push(value)
      }
      frame.charge(cost)
      return failure ?? make(values)
    },
  }
}
