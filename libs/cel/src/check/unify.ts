import { dynType, listType, mapType, nullType, opaqueType, sameType, type Type, typeOf } from './types.ts'

/** What type variables stand for so far. */
export class Substitutions {
  readonly #known = new Map<string, Type>()
  /** What an attempt has changed, to be put back if it fails: copies of all would take quadratic time. */
  #changes: [name: string, before: Type | undefined][] = []

  /** Keeps what `body` binds only if it says so. */
  attempt(body: () => boolean): boolean {
    this.#changes = []
    if (body()) return true
    for (const [name, before] of this.#changes.reverse()) {
      if (before === undefined) this.#known.delete(name)
      else this.#known.set(name, before)
    }
    return false
  }

  find(type: Type): Type | undefined {
    return type.kind === 'parameter' ? this.#known.get(type.name) : undefined
  }
  add(variable: Type, type: Type): void {
    this.#changes.push([variable.name, this.#known.get(variable.name)])
    this.#known.set(variable.name, type)
  }
}

export const isDyn = (type: Type) => type.kind === 'dyn' || type.kind === 'any'
export const isDynOrError = (type: Type) => isDyn(type) || type.kind === 'error'

/** The type inside of an optional, or the type itself. */
export function unwrapOptional(type: Type): { type: Type; optional: boolean } {
  return type.kind === 'opaque' && type.name === 'optional_type'
    ? { type: type.parameters[0] as Type, optional: true }
    : { type, optional: false }
}

/** May a value of type `from` stand where `to` is wanted? Variables are bound in `known` on the way. */
export function assignable(known: Substitutions, from: Type, to: Type): boolean {
  if (to.kind === 'parameter') {
    const { valid, bound } = substitutable(known, from, to)
    if (valid) return true
    if (bound) return false
  }
  if (from.kind === 'parameter') return substitutable(known, to, from).valid
  if (isDynOrError(from) || isDynOrError(to)) return true
  if (from.kind === 'null') return nullable(to)
  if (to.kind === 'null') return nullable(from)
  switch (from.kind) {
    case 'type':
      return to.kind === 'type'
    case 'opaque':
    case 'list':
    case 'map':
      return from.kind === to.kind && from.name === to.name && allAssignable(known, from.parameters, to.parameters)
    default:
      return sameType(from, to)
  }
}

export function allAssignable(known: Substitutions, from: readonly Type[], to: readonly Type[]): boolean {
  return from.length === to.length && from.every((each, index) => assignable(known, each, to[index] as Type))
}

const nullable = (type: Type) =>
  ['opaque', 'struct', 'any', 'duration', 'timestamp', 'null'].includes(type.kind) || sameType(type, nullType)

/** Can variable `variable` stand for `type`? */
function substitutable(known: Substitutions, type: Type, variable: Type): { valid: boolean; bound: boolean } {
  if (type.kind === variable.kind && sameType(type, variable)) return { valid: true, bound: true }
  const present = known.find(variable)
  if (present === undefined) {
    const free = absentFrom(known, variable, type)
    if (free) known.add(variable, type)
    return { valid: free, bound: false }
  }
  if (type.kind === present.kind && sameType(type, present)) return { valid: true, bound: true }
  if (!assignable(known, type, present)) return { valid: false, bound: true }
  const general = mostGeneral(type, present)
  if (absentFrom(known, variable, general)) known.add(variable, general)
  return { valid: true, bound: true }
}

export const mostGeneral = (a: Type, b: Type) => (equalOrLessSpecific(a, b) ? a : b)

function equalOrLessSpecific(a: Type, b: Type): boolean {
  if (isDyn(a) || a.kind === 'parameter') return true
  if (isDyn(b) || b.kind === 'parameter' || a.kind !== b.kind) return false
  if (a.kind === 'type') return true
  if (a.kind !== 'opaque' && a.kind !== 'list' && a.kind !== 'map') return sameType(a, b)
  return (
    a.name === b.name &&
    a.parameters.length === b.parameters.length &&
    a.parameters.every((each, index) => equalOrLessSpecific(each, b.parameters[index] as Type))
  )
}

/** A variable may not be bound to a type that holds it. */
function absentFrom(known: Substitutions, variable: Type, within: Type): boolean {
  if (sameType(variable, within)) return false
  if (within.kind === 'parameter') {
    const bound = known.find(within)
    return bound === undefined || absentFrom(known, variable, bound)
  }
  return within.parameters.every(each => absentFrom(known, variable, each))
}

/** A type with all variables replaced that are bound; unbound ones become `dyn` if asked for. */
export function substitute(known: Substitutions, type: Type, unbound: 'keep' | 'dyn'): Type {
  const bound = known.find(type)
  if (bound !== undefined) return substitute(known, bound, unbound)
  if (type.kind === 'parameter') return unbound === 'dyn' ? dynType : type
  if (type.parameters.length === 0) return type
  const parameters = type.parameters.map(each => substitute(known, each, unbound))
  switch (type.kind) {
    case 'list':
      return listType(parameters[0] as Type)
    case 'map':
      return mapType(parameters[0] as Type, parameters[1] as Type)
    case 'type':
      return typeOf(parameters[0] as Type)
    default:
      return opaqueType(type.name, ...parameters)
  }
}
