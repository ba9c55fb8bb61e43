import type { Failure, Value } from '../evaluate/values.ts'
import { readType, splitTypes, type Type } from './types.ts'

/** One form of a function. */
export interface Overload {
  readonly id: string
  /** Called as `target.f(…)`; the target is the first argument here. */
  readonly member: boolean
  readonly arguments: readonly Type[]
  readonly result: Type
  readonly parameters: readonly string[]
  /** What it does. Operators that the evaluator knows by name have none. */
  readonly call?: Implementation | undefined
}

export type Implementation = (...args: never[]) => Value | Failure

export interface FunctionDeclaration {
  readonly name: string
  readonly overloads: readonly Overload[]
}

/** Functions that belong together, with the names of their types. */
export interface Library {
  readonly name: string
  readonly types?: ReadonlyMap<string, Type>
  readonly functions: readonly FunctionDeclaration[]
}

/**
 * A function and its overloads, each as `id: signature`: `string.(string, int) -> int` for members, `(string) -> int` else.
 * `call` is used by all overloads that come with none of their own.
 */
export function declare(
  name: string,
  overloads: Record<string, string | readonly [signature: string, call: Implementation]>,
  call?: Implementation,
  types?: ReadonlyMap<string, Type>,
): FunctionDeclaration {
  return {
    name,
    overloads: Object.entries(overloads).map(([id, given]) => {
      const [signature, own] = typeof given === 'string' ? [given, call] : given
      return { id, ...readSignature(signature, types), call: own }
    }),
  }
}

function readSignature(text: string, types: ReadonlyMap<string, Type> | undefined) {
  const arrow = text.lastIndexOf(' -> ')
  const result = readType(text.slice(arrow + 4), types)
  const head = text.slice(0, arrow)
  const dot = head.startsWith('(') ? -1 : head.indexOf('.(')
  const target = dot < 0 ? [] : [head.slice(0, dot)]
  const rest = splitTypes(head.slice(dot + 2, -1).replace(/^\(/, ''))
  const args = [...target, ...rest].map(each => readType(each, types))
  return { member: dot >= 0, arguments: args, result, parameters: parametersOf([...args, result]) }
}

function parametersOf(types: readonly Type[]): string[] {
  const all = types.flatMap(function inside(type): string[] {
    return type.kind === 'parameter' ? [type.name] : type.parameters.flatMap(inside)
  })
  return [...new Set(all)]
}

/** Types with fields: what `x.field` is. */
export interface TypeProvider {
  /** Whether there is a type of that name that can be written as `Name{field: value}`. */
  findStruct(name: string): Type | undefined
  findField(typeName: string, field: string): Type | undefined
}
