import type { Macros } from '../syntax/macros.ts'
import type { FunctionDeclaration, Library, TypeProvider } from './declarations.ts'
import { type Type, typeOf } from './types.ts'

/** What an expression may name: functions, variables and types. Environments are data; `extend` makes new ones. */
export class Environment {
  readonly functions: ReadonlyMap<string, FunctionDeclaration>
  readonly variables: ReadonlyMap<string, Type>
  /** Types whose name can be written, such as `int` in `type(x) == int`. */
  readonly typeNames: ReadonlyMap<string, Type>
  readonly provider: TypeProvider
  /** Selectors of devices have `cel.bind(name, value, expression)` beside the macros of all. */
  readonly macros: Macros

  constructor(
    functions: ReadonlyMap<string, FunctionDeclaration>,
    variables: ReadonlyMap<string, Type>,
    typeNames: ReadonlyMap<string, Type>,
    provider: TypeProvider,
    macros: Macros = 'usual',
  ) {
    this.functions = functions
    this.variables = variables
    this.typeNames = typeNames
    this.provider = provider
    this.macros = macros
  }

  extend(more: {
    variables?: Readonly<Record<string, Type>>
    libraries?: readonly Library[]
    provider?: TypeProvider
    macros?: Macros
  }): Environment {
    const functions = more.libraries === undefined ? this.functions : withLibraries(this.functions, more.libraries)
    const variables =
      more.variables === undefined ? this.variables : new Map([...this.variables, ...Object.entries(more.variables)])
    const typeNames = new Map(this.typeNames)
    for (const { types } of more.libraries ?? [])
      for (const type of types?.values() ?? []) typeNames.set(type.name, type)
    return new Environment(functions, variables, typeNames, more.provider ?? this.provider, more.macros ?? this.macros)
  }

  /** The type of a name, and whether the name is that of a type rather than of a variable. */
  find(name: string): { type: Type; names: 'variable' | 'type' } | undefined {
    const variable = this.variables.get(name)
    if (variable !== undefined) return { type: variable, names: 'variable' }
    const type = this.typeNames.get(name) ?? this.provider.findStruct(name)
    return type === undefined ? undefined : { type: typeOf(type), names: 'type' }
  }
}

/** No types but those of the language and its libraries. */
export const noStructs: TypeProvider = { findStruct: () => undefined, findField: () => undefined }

function withLibraries(
  functions: ReadonlyMap<string, FunctionDeclaration>,
  libraries: readonly Library[],
): ReadonlyMap<string, FunctionDeclaration> {
  const all = new Map(functions)
  for (const library of libraries) {
    for (const { name, overloads } of library.functions) {
      const before = all.get(name)?.overloads ?? []
      all.set(name, { name, overloads: [...before, ...overloads] })
    }
  }
  return all
}
