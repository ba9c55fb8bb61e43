import type { Frame } from './budget.ts'
import { Failure, isList, MapValue, Optional, StructValue, Uint, type Value } from './values.ts'

export type Result = Value | Failure
export type Step = (frame: Frame) => Result

/** `.field`, `[index]` and their optional forms. Each costs one unit. */
export interface Qualifier {
  optional: boolean
  /** `has()`: only whether it is there. */
  testOnly: boolean
  key: Step
}

/** A value that is reached by a path. The path grows while an expression is planned. */
export abstract class Attribute {
  abstract add(qualifier: Qualifier): void
  abstract resolve(frame: Frame): Result
}

export class PathAttribute extends Attribute {
  readonly #base: Step
  readonly #path: Qualifier[] = []

  constructor(base: Step) {
    super()
    this.#base = base
  }
  add(qualifier: Qualifier): void {
    this.#path.push(qualifier)
  }
  resolve(frame: Frame): Result {
    const value = this.#base(frame)
    return value instanceof Failure || this.#path.length === 0 ? value : follow(frame, value, this.#path)
  }
}

/** `c ? a : b`, which selections go into both sides of. */
export class ConditionalAttribute extends Attribute {
  readonly #condition: Step
  readonly #whenTrue: Attribute
  readonly #whenFalse: Attribute

  constructor(condition: Step, whenTrue: Attribute, whenFalse: Attribute) {
    super()
    this.#condition = condition
    this.#whenTrue = whenTrue
    this.#whenFalse = whenFalse
  }
  add(qualifier: Qualifier): void {
    this.#whenTrue.add(qualifier)
    this.#whenFalse.add(qualifier)
  }
  resolve(frame: Frame): Result {
    const condition = this.#condition(frame)
    if (condition === true) return this.#whenTrue.resolve(frame)
    if (condition === false) return this.#whenFalse.resolve(frame)
    return condition instanceof Failure ? condition : noOverload
  }
}

const noOverload = new Failure('no such overload')

function follow(frame: Frame, start: Value, path: readonly Qualifier[]): Result {
  let value = start
  let optional = false
  if (value instanceof Optional) {
    if (value.value === undefined) return value
    value = value.value
    optional = true
  }
  for (const qualifier of path) {
    optional ||= qualifier.optional
    const key = qualifier.key(frame)
    if (key instanceof Failure) {
      frame.charge(1)
      return key
    }
    if (qualifier.testOnly) {
      const present = find(value, key, true)
      frame.charge(1)
      if (present instanceof Failure) return present
      const there = present !== undefined
      return optional ? new Optional(there) : there
    }
    const found = find(value, key, optional)
    if (found === undefined && optional) return Optional.none
    frame.charge(1)
    if (found === undefined) return missing(value, key)
    if (found instanceof Failure) return found
    value = found
  }
  return optional ? new Optional(value) : value
}

/** What is at a key; `undefined` where nothing is. */
function find(value: Value, key: Value, presence: boolean): Result | undefined {
  if (value instanceof MapValue) return value.find(key)
  if (isList(value)) {
    const index = toIndex(key)
    return index instanceof Failure ? index : value[index]
  }
  if (value instanceof StructValue && typeof key === 'string') {
    if (presence && !value.has(key)) return undefined
    return value.get(key)
  }
  return undefined
}

function toIndex(key: Value): number | Failure {
  const number = key instanceof Uint ? key.value : key
  if (typeof number === 'bigint') return number >= 0n && number <= 2n ** 53n ? Number(number) : -1
  if (typeof number === 'number' && Number.isInteger(number)) return number
  if (typeof number === 'number') return new Failure(`unsupported index value ${number} in list`)
  return new Failure(`unsupported index type '${typeof key === 'string' ? 'string' : typeof key}' in list`)
}

function missing(value: Value, key: Value): Failure {
  const shown = key instanceof Uint ? key.value : key
  return new Failure(isList(value) ? `index out of bounds: ${String(shown)}` : `no such key: ${String(shown)}`)
}
