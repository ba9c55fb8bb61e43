import type { FunctionDeclaration, Implementation, Overload } from '../check/declarations.ts'
import type { Type } from '../check/types.ts'
import type { Result, Step } from './attributes.ts'
import { callCost } from './call-cost.ts'
import { Failure, noSuchOverload, typeOfValue, type Value } from './values.ts'

export type Run = (args: Value[]) => Result

/** Runs a function. Calls of up to two arguments see all of them before an error ends the call. */
export function callStep(name: string, overload: string, steps: Step[], run: Run): Step {
  return frame => {
    const args: Result[] = []
    let failure: Failure | undefined
    for (const step of steps) {
      const value = step(frame)
      args.push(value)
      if (!(value instanceof Failure)) continue
      failure ??= value
      if (steps.length > 2) return failure
    }
    const result = failure ?? run(args as Value[])
    frame.charge(callCost(name, overload, args, result))
    return result
  }
}

/** An overload that the checker found; where types were only known as dyn, the arguments are looked at again. */
export function checkedCall(overload: Overload, declared: FunctionDeclaration): Run {
  const call = overload.call as Implementation
  return args => (fits(overload, args) ? call(...(args as never[])) : noOverloadFor(declared, args))
}

export function dispatching(declared: FunctionDeclaration, count: number): Run {
  const candidates = declared.overloads.filter(each => each.arguments.length === count && each.call !== undefined)
  return args => {
    const found = candidates.find(each => fits(each, args))
    return found === undefined ? noOverloadFor(declared, args) : (found.call as Implementation)(...(args as never[]))
  }
}

/** Operators and others that ask their first argument what it can do; of the rest the types are named. */
const asksFirst = new Set(['size', 'sort', 'matches', '@sortByAssociatedKeys'])
const saysLittle = new Set(['!_', 'contains', 'startsWith', 'endsWith', 'flatten'])

function noOverloadFor(declared: FunctionDeclaration, args: readonly Value[]): Failure {
  const { name, overloads } = declared
  if (saysLittle.has(name)) return noSuchOverload
  const types = args.map(each => typeOfValue(each).name)
  if (!/^[_!-]/.test(name) && !asksFirst.has(name)) return new Failure(`no such overload: ${name}(${types.join(', ')})`)
  const able = overloads.some(each => fitsType(each.arguments[0] as Type, args[0] as Value))
  return able ? noSuchOverload : new Failure(`no such overload: ${name}`)
}

const fits = (overload: Overload, args: readonly Value[]) =>
  args.every((each, index) => fitsType(overload.arguments[index] as Type, each))

function fitsType(type: Type, value: Value): boolean {
  if (type.kind === 'dyn' || type.kind === 'any' || type.kind === 'parameter') return true
  const { kind, name } = typeOfValue(value)
  if (kind !== type.kind) return false
  return kind === 'opaque' || kind === 'struct' ? name === type.name : true
}
