import {
  anyType,
  baseEnvironment,
  boolType,
  CompileError,
  compileExpression,
  declared,
  declaredList,
  declaredMap,
  declaredStruct,
  Failure,
  fromJson,
  MapValue,
  mapType,
  type Program,
  providerOf,
  stringType,
  type Value,
} from '@kubets/cel'
import type { UserInfo } from '../../handlers/request-context.ts'

const { string } = declared
const userType = declaredStruct('kubernetes.UserInfo', {
  username: string,
  uid: string,
  groups: declaredList(string),
  extra: declaredMap(string, declaredList(string)),
})

const environments = {
  claims: baseEnvironment.extend({ variables: { claims: mapType(stringType, anyType) } }),
  user: baseEnvironment.extend({ variables: { user: userType.type }, provider: providerOf(userType) }),
}

export interface CompiledExpression {
  readonly expression: string
  readonly program: Program
}

/** An expression over `claims` or `user`, or what is wrong with it in upstream's words. */
export function compile(
  over: keyof typeof environments,
  expression: string,
  result: 'anything' | 'bool',
): CompiledExpression | string {
  const program = compileExpression(environments[over], expression)
  if (program instanceof CompileError) return `compilation failed: ${program.message}`
  if (result === 'bool' && program.outputType !== boolType) return 'must evaluate to bool'
  if (program.unready !== undefined) return `program instantiation failed: ${program.unready}`
  return { expression, program }
}

/** @throws Error in upstream's words. */
export function evaluate({ expression, program }: CompiledExpression, over: string, value: Value): Value {
  const { result } = program.evaluate(name => (name === over ? value : undefined))
  if (result instanceof Failure) throw new Error(`expression '${expression}' resulted in error: ${result.message}`)
  return result
}

/** Whether an expression asks for `claims.<name>`, anywhere in it. */
export function usesClaim({ program }: CompiledExpression, name: string): boolean {
  const found = (node: unknown): boolean => {
    if (typeof node !== 'object' || node === null) return false
    if (Array.isArray(node)) return node.some(found)
    const { kind, operand, field } = node as { kind?: unknown; operand?: unknown; field?: unknown }
    if (kind === 'select' && field === name && isClaims(operand)) return true
    return Object.values(node).some(found)
  }
  return found(program.checked.expression)
}

const isClaims = (node: unknown) => {
  const { kind, name } = (node ?? {}) as { kind?: unknown; name?: unknown }
  return kind === 'identifier' && name === 'claims'
}

/** Claims as expressions see them: every number is a double, as in Go. */
export const claimsValue = (claims: Readonly<Record<string, unknown>>): Value => new Claims(claims)

class Claims extends MapValue {
  readonly #json: Readonly<Record<string, unknown>>

  constructor(json: Readonly<Record<string, unknown>>) {
    super()
    this.#json = json
  }
  get size(): number {
    return Object.keys(this.#json).length
  }
  find(key: Value): Value | undefined {
    if (typeof key !== 'string') return undefined
    // a name that is no identifier is written escaped
    const name = unescaped(key)
    return Object.hasOwn(this.#json, name) ? toValue(this.#json[name]) : undefined
  }
  keys(): Iterable<Value> {
    return Object.keys(this.#json)
  }
}

function toValue(json: unknown): Value {
  if (typeof json === 'number') return json
  if (Array.isArray(json)) return json.map(toValue)
  return typeof json === 'object' && json !== null ? new Claims(json as Record<string, unknown>) : fromJson(json)
}

const escapes: Readonly<Record<string, string>> = { underscores: '__', dot: '.', dash: '-', slash: '/' }

const unescaped = (name: string) =>
  name
    .replaceAll(/__(underscores|dot|dash|slash)__/g, (_, what: string) => escapes[what] ?? '')
    .replace(/^__([a-z]+)__$/, '$1')

export const userValue = ({ name, uid, groups, extra }: UserInfo): Value =>
  fromJson({ username: name, uid, groups, extra: extra ?? {} })
