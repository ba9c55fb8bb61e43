import { type FieldError, field } from '@kubets/apimachinery'
import { cel } from '../../validation/cel/library.ts'
import type { JsonSchema, ValidationRule } from '../json-schema.ts'
import { compileRule } from './compile-rule.ts'
import { capped, maxRuleCost, type SchemaContext, type SchemaType } from './schema-context.ts'

/** How the place of a schema changes what its rules may say. */
export interface RulePlace {
  /** Why old and new values cannot be matched here: the first schema on the way that loses track. */
  readonly uncorrelatable: string | undefined
  /** The schema was so before: what it costs was accepted then. */
  readonly costAccepted: boolean
}

/** What is wrong with the expressions of `x-kubernetes-validations`: they do not compile, or may cost too much. */
export function ruleErrors(schema: JsonSchema, path: string, context: SchemaContext, place: RulePlace): FieldError[] {
  const at = `${path}.x-kubernetes-validations`
  const rules = schema['x-kubernetes-validations'] ?? []
  if (rules.length === 0) return []
  const type = context.type()
  if (type === undefined) {
    const text = 'internal error: failed to construct type information for x-kubernetes-validations rules: '
    return [field.internal(at, `${text}unable to convert structural schema to CEL declarations`)]
  }
  return rules.flatMap((rule, index) => errorsOf(rule, type, `${at}[${index}]`, context, place))
}

function errorsOf(
  rule: ValidationRule,
  type: SchemaType,
  at: string,
  context: SchemaContext,
  { uncorrelatable, costAccepted }: RulePlace,
): FieldError[] {
  const found = compileRule(rule, type.declared, at)
  const errors: FieldError[] = []
  const charge = (path: string, name: string, cost: bigint) => {
    if (!costAccepted && cost > maxRuleCost) errors.push(field.forbidden(path, tooExpensive(name, cost, maxRuleCost)))
    context.total.observe(path, cost)
  }
  const runs = context.cardinality ?? BigInt(Math.floor(cel().maxRequestSize / (type.declared.minSize + 1)))
  charge(`${at}.rule`, 'estimated rule cost', capped(found.cost * runs))
  if (found.error !== undefined) errors.push(found.error)
  if (found.messageError !== undefined) errors.push(found.messageError)
  else if (found.messageCost !== undefined)
    charge(`${at}.messageExpression`, 'estimated messageExpression cost', found.messageCost)
  if (found.usesOldSelf) {
    const text = `oldSelf cannot be used on the uncorrelatable portion of the schema within ${uncorrelatable}`
    if (uncorrelatable !== undefined) errors.push(field.invalid(`${at}.rule`, rule.rule, text))
  } else if (typeof rule.optionalOldSelf === 'boolean') {
    const text = 'may not be set if oldSelf is not used in rule'
    errors.push(field.invalid(`${at}.optionalOldSelf`, rule.optionalOldSelf, text))
  }
  return errors
}

export function tooExpensive(name: string, cost: bigint, limit: bigint): string {
  const factor = Number(cost) / Number(limit)
  const shown = factor > 100 ? 'more than 100x' : factor < 1.5 ? `${factor.toFixed(6)}x` : `${factor.toFixed(1)}x`
  const advice =
    'try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared'
  return `${name} exceeds budget by factor of ${shown} (${advice})`
}
