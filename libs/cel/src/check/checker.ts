import type {
  Call,
  Comprehension,
  Expression,
  ListLiteral,
  MapLiteral,
  Select,
  StructLiteral,
} from '../syntax/expression.ts'
import { plainName, qualifiedName } from '../syntax/names.ts'
import { operator } from '../syntax/operators.ts'
import type { Issue, Source } from '../syntax/source.ts'
import type { FunctionDeclaration, Overload } from './declarations.ts'
import type { Environment } from './environment.ts'
import {
  boolType,
  displayCall,
  displayType,
  dynType,
  errorType,
  intType,
  listType,
  literalType,
  mapType,
  optionalType,
  parameterType,
  type Type,
} from './types.ts'
import {
  allAssignable,
  assignable,
  isDyn,
  isDynOrError,
  mostGeneral,
  Substitutions,
  substitute,
  unwrapOptional,
} from './unify.ts'

/** What the checker found out about the nodes of an expression, by their ids. */
export interface Checked {
  expression: Expression
  types: Map<number, Type>
  /** Overloads that a call may take. With more than one, the arguments decide when it runs. */
  overloads: Map<number, Overload[]>
  /** Selections that are no selections: `a.b` is the name of a variable or type. */
  names: Map<number, { name: string; names: 'variable' | 'type' }>
  /** Calls of functions whose name has dots: `optional.of(x)` has no target. */
  functions: Map<number, FunctionDeclaration>
}

export function check(expression: Expression, source: Source, environment: Environment, issues: Issue[]): Checked {
  const checker = new Checker(source, environment, issues)
  checker.check(expression)
  return checker.finish(expression)
}

/** Overloads that compare numbers of unlike types are on in Kubernetes. Lists of unlike types are looked for later (`literal-checks.ts`). */
class Checker {
  readonly #source: Source
  readonly #environment: Environment
  readonly #issues: Issue[]
  readonly #known = new Substitutions()
  #variables = 0
  readonly #scopes: Map<string, Type>[] = []
  readonly #types = new Map<number, Type>()
  readonly #overloads = new Map<number, Overload[]>()
  readonly #names = new Map<number, { name: string; names: 'variable' | 'type' }>()
  readonly #functions = new Map<number, FunctionDeclaration>()

  constructor(source: Source, environment: Environment, issues: Issue[]) {
    this.#source = source
    this.#environment = environment
    this.#issues = issues
  }

  finish(expression: Expression): Checked {
    for (const [id, type] of this.#types) this.#types.set(id, substitute(this.#known, type, 'dyn'))
    return {
      expression,
      types: this.#types,
      overloads: this.#overloads,
      names: this.#names,
      functions: this.#functions,
    }
  }

  check(expression: Expression): undefined {
    switch (expression.kind) {
      case 'literal':
        return this.#set(expression, literalType(expression.value))
      case 'identifier':
        return this.#identifier(expression, expression.name)
      case 'select':
        return this.#select(expression)
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
        return this.#set(expression, errorType)
    }
  }

  #identifier(expression: Expression, name: string): undefined {
    const found = this.#find(name)
    if (found === undefined) {
      this.#report(expression, undeclared(name))
      return this.#set(expression, errorType)
    }
    this.#names.set(expression.id, { name: plainName(name), names: found.names })
    this.#set(expression, found.type)
  }

  #find(name: string): { type: Type; names: 'variable' | 'type' } | undefined {
    if (!name.startsWith('.'))
      for (let depth = this.#scopes.length - 1; depth >= 0; depth--) {
        const local = (this.#scopes[depth] as Map<string, Type>).get(name)
        if (local !== undefined) return { type: local, names: 'variable' }
      }
    return this.#environment.find(plainName(name))
  }

  #select(select: Select): undefined {
    const name = select.testOnly ? undefined : qualifiedName(select)
    const found = name === undefined ? undefined : this.#find(name)
    if (name !== undefined && found !== undefined) {
      this.#names.set(select.id, { name: plainName(name), names: found.names })
      return this.#set(select, found.type)
    }
    const type = this.#fieldType(select, select.operand, select.field, false)
    this.#set(select, substitute(this.#known, select.testOnly ? boolType : type, 'keep'))
  }

  #optionalSelect(call: Call): undefined {
    const [operand, field] = call.arguments as [Expression, Expression]
    if (field.kind !== 'literal' || typeof field.value !== 'string') {
      return this.#report(field, 'unsupported optional field selection')
    }
    const type = this.#fieldType(call, operand, field.value, true)
    this.#set(call, substitute(this.#known, type, 'keep'))
  }

  #fieldType(at: Expression, operand: Expression, field: string, optional: boolean): Type {
    this.check(operand)
    const { type: target, optional: wasOptional } = unwrapOptional(substitute(this.#known, this.#get(operand), 'keep'))
    let result = errorType
    switch (target.kind) {
      case 'map':
        result = target.parameters[1] as Type
        break
      case 'struct':
        result = this.#structField(at, target.name, field) ?? errorType
        break
      case 'parameter':
        this.#assign(dynType, target)
        result = dynType
        break
      default:
        if (!isDynOrError(target)) this.#report(at, `type '${displayType(target)}' does not support field selection`)
        result = dynType
    }
    return optional || wasOptional ? optionalType(result) : result
  }

  #structField(at: { at: number }, typeName: string, field: string): Type | undefined {
    const type = this.#environment.provider.findField(typeName, field)
    if (type === undefined)
      this.#report(
        at,
        this.#environment.provider.findStruct(typeName) === undefined
          ? `unexpected failed resolution of '${typeName}'`
          : `undefined field '${field}'`,
      )
    return type
  }

  #call(call: Call): undefined {
    if (call.function === operator.optionalSelect) return this.#optionalSelect(call)
    for (const each of call.arguments) this.check(each)
    if (call.target === undefined) {
      const found = this.#environment.functions.get(plainName(call.function))
      if (found === undefined) return this.#unknown(call)
      return this.#resolve(call, found, call.arguments, false)
    }
    const prefix = qualifiedName(call.target)
    const qualified =
      prefix === undefined ? undefined : this.#environment.functions.get(plainName(`${prefix}.${call.function}`))
    if (qualified !== undefined) {
      this.#functions.set(call.id, qualified)
      return this.#resolve(call, qualified, call.arguments, false)
    }
    this.check(call.target)
    const found = this.#environment.functions.get(call.function)
    if (found === undefined) return this.#unknown(call)
    this.#resolve(call, found, [call.target, ...call.arguments], true)
  }

  #unknown(call: Call): undefined {
    this.#report(call, undeclared(call.function))
    this.#set(call, errorType)
  }

  #resolve(call: Call, found: FunctionDeclaration, args: Expression[], member: boolean): undefined {
    const types = args.map(each => this.#get(each))
    if (found.name === operator.and || found.name === operator.or) return this.#logical(call, found, args, types)
    let result: Type | undefined
    const fitting: Overload[] = []
    for (const overload of found.overloads) {
      if (overload.member !== member) continue
      const { wanted, gives } = this.#instance(overload)
      if (!this.#known.attempt(() => allAssignable(this.#known, types, wanted))) continue
      fitting.push(overload)
      const given = substitute(this.#known, gives, 'keep')
      if (result === undefined) result = given
      else if (!isDyn(result) && displayType(given) !== displayType(result)) result = dynType
    }
    if (result === undefined) {
      const shown = displayCall(
        types.map(each => substitute(this.#known, each, 'dyn')),
        member,
      )
      this.#report(call, `found no matching overload for '${found.name}' applied to '${shown}'`)
      return this.#set(call, errorType)
    }
    this.#overloads.set(call.id, fitting)
    this.#set(call, result)
  }

  #logical(call: Call, found: FunctionDeclaration, args: Expression[], types: Type[]): undefined {
    const wrong = args.filter((each, index) => {
      if (this.#assign(types[index] as Type, boolType)) return false
      this.#report(each, mismatch(boolType, types[index] as Type))
      return true
    })
    this.#overloads.set(call.id, [...found.overloads])
    this.#set(call, wrong.length > 0 ? errorType : boolType)
  }

  /** An overload's types with variables of their own. */
  #instance(overload: Overload): { wanted: readonly Type[]; gives: Type } {
    if (overload.parameters.length === 0) return { wanted: overload.arguments, gives: overload.result }
    const fresh = new Substitutions()
    for (const name of overload.parameters) fresh.add(parameterType(name), this.#variable())
    return {
      wanted: overload.arguments.map(each => substitute(fresh, each, 'keep')),
      gives: substitute(fresh, overload.result, 'keep'),
    }
  }

  #list(list: ListLiteral): undefined {
    let element: Type | undefined
    list.elements.forEach((each, index) => {
      this.check(each)
      element = this.#join(element, this.#optionalValue(each, list.optional.has(index)))
    })
    this.#set(list, listType(element ?? this.#variable()))
  }

  #map(map: MapLiteral): undefined {
    let key: Type | undefined
    let value: Type | undefined
    for (const entry of map.entries) {
      this.check(entry.key)
      key = this.#join(key, this.#get(entry.key))
      this.check(entry.value)
      value = this.#join(value, this.#optionalValue(entry.value, entry.optional))
    }
    this.#set(map, mapType(key ?? this.#variable(), value ?? this.#variable()))
  }

  /** The type of an element or entry; of what is inside where it is marked as optional. */
  #optionalValue(expression: Expression, marked: boolean): Type {
    const type = this.#get(expression)
    if (!marked) return type
    const { type: inner, optional } = unwrapOptional(type)
    if (!optional && !isDyn(inner)) this.#report(expression, mismatch(optionalType(inner), inner))
    return inner
  }

  #struct(struct: StructLiteral): undefined {
    const name = plainName(struct.typeName)
    const found = this.#find(name)
    if (found === undefined) {
      this.#report(struct, undeclared(struct.typeName))
      return this.#set(struct, errorType)
    }
    let result = errorType
    if (found.names !== 'type') this.#report(struct, `'${displayType(found.type)}' is not a type`)
    else if ((found.type.parameters[0] as Type).kind === 'struct') result = found.type.parameters[0] as Type
    else this.#report(struct, `'${displayType(found.type.parameters[0] as Type)}' is not a message type`)
    this.#set(struct, result)
    for (const field of struct.fields) {
      this.check(field.value)
      const typeName = result === errorType ? name : result.name
      const wanted = this.#structField(field, typeName, field.name) ?? errorType
      const given = this.#optionalValue(field.value, field.optional)
      if (!this.#assign(wanted, given))
        this.#report(
          field,
          `expected type of field '${field.name}' is '${displayType(wanted)}' but provided type is '${displayType(given)}'`,
        )
    }
  }

  #comprehension(fold: Comprehension): undefined {
    this.check(fold.range)
    this.check(fold.initial)
    const range = substitute(this.#known, this.#get(fold.range), 'keep')
    const accumulator = this.#get(fold.initial)
    this.#scopes.push(new Map([[fold.accumulator, accumulator]]))
    this.#scopes.push(this.#iterationVariables(fold, range))
    this.check(fold.condition)
    this.#mustBe(fold.condition, boolType)
    this.check(fold.step)
    this.#mustBe(fold.step, accumulator)
    this.#scopes.pop()
    this.check(fold.result)
    this.#scopes.pop()
    this.#set(fold, substitute(this.#known, this.#get(fold.result), 'keep'))
  }

  #iterationVariables(fold: Comprehension, range: Type): Map<string, Type> {
    const variables = (first: Type, second: Type) =>
      new Map(
        fold.variable2 === undefined
          ? [[fold.variable, first]]
          : [
              [fold.variable, first],
              [fold.variable2, second],
            ],
      )
    switch (range.kind) {
      case 'list': {
        const element = range.parameters[0] as Type
        return variables(fold.variable2 === undefined ? element : intType, element)
      }
      case 'map':
        return variables(range.parameters[0] as Type, range.parameters[1] as Type)
      case 'dyn':
      case 'error':
      case 'parameter':
        this.#assign(dynType, range)
        return variables(dynType, dynType)
      default:
        this.#report(
          fold.range,
          `expression of type '${displayType(range)}' cannot be range of a comprehension (must be list, map, or dynamic)`,
        )
        return variables(errorType, errorType)
    }
  }

  #join(before: Type | undefined, now: Type): Type {
    if (before === undefined) return now
    return this.#assign(before, now) ? mostGeneral(before, now) : dynType
  }

  #mustBe(expression: Expression, type: Type): undefined {
    if (!this.#assign(type, this.#get(expression))) this.#report(expression, mismatch(type, this.#get(expression)))
  }

  #assign(from: Type, to: Type): boolean {
    return this.#known.attempt(() => assignable(this.#known, from, to))
  }

  #variable(): Type {
    return parameterType(`_var${this.#variables++}`)
  }

  #get(expression: Expression): Type {
    return this.#types.get(expression.id) ?? errorType
  }

  #set(expression: Expression, type: Type): undefined {
    this.#types.set(expression.id, type)
  }

  #report({ at }: { at: number }, message: string): undefined {
    this.#issues.push({ location: this.#source.locationOf(at), message })
  }
}

const undeclared = (name: string) => `undeclared reference to '${name}' (in container '')`
const mismatch = (wanted: Type, found: Type) =>
  `expected type '${displayType(wanted)}' but found '${displayType(found)}'`
