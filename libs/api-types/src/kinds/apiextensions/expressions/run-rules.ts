import { append, type FieldError, field } from '@kubets/apimachinery'
import type { DeclaredType, Value } from '@kubets/cel'
import { cel } from '../../validation/cel/library.ts'
import { followFieldPath } from '../field-path.ts'
import { additionalSchema, itemSchema, type JsonSchema, sortedEntries, type ValidationRule } from '../json-schema.ts'
import { type CompiledRule, compileRule } from './compile-rule.ts'
import { keyedItems } from './keyed-items.ts'
import { ruleMessage, type SpokenMessage, spokenMessage } from './rule-message.ts'

/** What all rules may cost that are run over one object, in units. */
export const rulesBudget = 10_000_000

/** What rules found. A budget below 0 was used up: nothing more is run. */
export interface RulesRun {
  readonly errors: FieldError[]
  readonly budget: number
}

/** The rules of a schema and of the schemas below it, compiled. */
export interface RuleSet {
  run(value: unknown, old: unknown, path: string, budget: number): RulesRun
}

/**
 * Compiles the rules of a structural schema, to run them on values that are valid otherwise; undefined: it has none. `root`: of
 * a resource, which has metadata.
 */
export function ruleSet(schema: JsonSchema, root: boolean): RuleSet | undefined {
  if (!hasRules(schema)) return undefined
  const rules = nodeOf(schema, cel().declaredSchema(schema, root))
  return rules && { run: (value, old, path, budget) => run(rules, value, old, path, budget) }
}

/** There are none below `allOf` and its like: that would not be structural. */
function hasRules(schema: JsonSchema | undefined): boolean {
  if (schema === undefined) return false
  if ((schema['x-kubernetes-validations'] ?? []).length > 0) return true
  if (hasRules(itemSchema(schema)) || hasRules(additionalSchema(schema))) return true
  return Object.values(schema.properties ?? {}).some(hasRules)
}

interface RuleNode {
  readonly schema: JsonSchema
  readonly declared: DeclaredType | undefined
  readonly rules: readonly { readonly rule: ValidationRule; readonly compiled: CompiledRule }[]
  readonly items: RuleNode | undefined
  readonly additional: RuleNode | undefined
  readonly properties: ReadonlyMap<string, RuleNode>
}

function nodeOf(schema: JsonSchema, declared: DeclaredType | undefined): RuleNode | undefined {
  const below = (child: JsonSchema | undefined) => child && nodeOf(child, declared?.element)
  const properties = new Map<string, RuleNode>()
  for (const [name, child] of sortedEntries(schema.properties)) {
    const type = propertyType(declared, name, child)
    const node = type && nodeOf(child, type)
    if (node) properties.set(name, node)
  }
  const node: RuleNode = {
    schema,
    declared,
    rules: (schema['x-kubernetes-validations'] ?? [])
      .filter(({ rule = '' }) => rule.trim() !== '')
      .map(rule => ({ rule, compiled: declared === undefined ? untyped : compileRule(rule, declared, '') })),
    items: below(itemSchema(schema)),
    additional: below(additionalSchema(schema)),
    properties,
  }
  return node.rules.length > 0 || node.items || node.additional || properties.size > 0 ? node : undefined
}

const untyped: CompiledRule = {
  problem: 'failed to convert to declType for CEL validation rules',
  cost: 0n,
  usesOldSelf: false,
}

/** Properties whose names expressions cannot write have rules of their own all the same. */
function propertyType(parent: DeclaredType | undefined, name: string, schema: JsonSchema): DeclaredType | undefined {
  const { declaredSchema, escapeName } = cel()
  const escaped = escapeName(name)
  if (escaped !== undefined) return parent?.fields?.get(escaped)
  return declaredSchema(schema, schema['x-kubernetes-embedded-resource'] === true)
}

function run(node: RuleNode, value: unknown, old: unknown, path: string, budget: number): RulesRun {
  if (value === null || value === undefined) return { errors: [], budget }
  const own = runRules(node, value, old ?? undefined, path, budget)
  const errors = own.errors
  let left = own.budget
  const then = (next: RuleNode, inner: unknown, before: unknown, at: string) => {
    if (left < 0) return
    const below = run(next, inner, before, at, left)
    append(errors, below.errors)
    left = below.budget
  }
  if (Array.isArray(value)) {
    if (node.items === undefined) return { errors, budget: left }
    const before = keyedItems(node.schema, Array.isArray(old) ? old : [])
    for (const [index, item] of value.entries()) then(node.items, item, before(item), `${path}[${index}]`)
  } else if (typeof value === 'object') {
    const type = node.schema['x-kubernetes-map-type'] ?? 'granular'
    const comparable = (type === 'granular' || type === 'atomic') && isObject(old)
    for (const [name, inner] of sortedEntries(value as Record<string, unknown>)) {
      const before = comparable && Object.hasOwn(old, name) ? old[name] : undefined
      if (node.additional !== undefined) then(node.additional, inner, before, `${path}[${name}]`)
      const property = node.properties.get(name)
      if (property !== undefined) then(property, inner, before, path === '' ? name : `${path}.${name}`)
    }
  }
  return { errors, budget: left }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const usedUp = 'validation failed due to running out of cost budget, no further validation rules will be run'

function runRules(
  { schema, declared, rules }: RuleNode,
  value: unknown,
  old: unknown,
  path: string,
  given: number,
): RulesRun {
  const errors: FieldError[] = []
  if (rules.length === 0) return { errors, budget: given }
  const { type = '' } = schema
  const invalid = (text: string) => errors.push(field.invalid(path, type, text))
  if (declared === undefined) {
    invalid(`rule compiler initialization error: ${untyped.problem}`)
    return { errors, budget: given }
  }
  if (given <= 0) {
    invalid(usedUp)
    return { errors, budget: -1 }
  }
  const { declaredValue, Failure, Optional, perCallLimit } = cel()
  const self = declaredValue(value, declared)
  const oldSelf = old === undefined ? undefined : declaredValue(old, declared)
  // what is no value of its type fails where an expression looks at it
  const variables = (optional: boolean) => (name: string) => {
    if (name === 'self') return self as Value
    if (!optional) return oldSelf as Value
    return oldSelf === undefined ? Optional.none : new Optional(oldSelf as Value)
  }
  let budget = given
  for (const { rule, compiled } of rules) {
    const { program, problem, usesOldSelf } = compiled
    if (program === undefined) {
      invalid(`rule compile error: ${problem}`)
      continue
    }
    const optional = rule.optionalOldSelf === true
    // a rule of how values change has nothing to say of a new one, unless it asks for it
    if (usesOldSelf && old === undefined && !optional) continue
    const { result, cost, exceeded } = program.evaluate(variables(optional), perCallLimit)
    if (cost > budget) {
      invalid(usedUp)
      return { errors, budget: -1 }
    }
    budget -= cost
    if (result instanceof Failure) {
      const text = ruleMessage.inErrors(rule)
      if (result.message.startsWith('no such overload')) {
        invalid(
          `'${result.message}': call arguments did not match a supported operator, function or macro signature for rule: ${text}`,
        )
      } else if (exceeded) {
        const why = 'no further validation rules will be run due to call cost exceeds limit for rule'
        invalid(`'${result.message}': ${why}: ${text}`)
        return { errors, budget: -1 }
      } else invalid(`${result.message} evaluating rule: ${text}`)
      continue
    }
    if (result === true) continue
    const at = placeOf(rule, schema, path)
    const spoken: SpokenMessage = spokenMessage(rule, compiled.messageProgram, variables(false), budget)
    if (spoken.stop !== undefined) {
      errors.push(field.invalid(at, type, spoken.stop))
      return { errors, budget: -1 }
    }
    budget = spoken.budget
    const shown = type === 'object' || type === 'array' ? undefined : { value }
    errors.push(ruleMessage.error(rule, at, shown, spoken.text ?? ruleMessage.default(rule)))
  }
  return { errors, budget }
}

/** Where a rule says that its error belongs. */
function placeOf({ fieldPath = '' }: ValidationRule, schema: JsonSchema, path: string): string {
  if (fieldPath === '') return path
  const found = followFieldPath(fieldPath, schema, true)
  if (typeof found === 'string' || found.text === '') return path
  return path === '' ? found.text : `${path}.${found.text}`
}
