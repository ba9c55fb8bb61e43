import { append, type FieldError, field, semanticEqual } from '@kubets/apimachinery'
import type { MatchCondition, MatchResources, ParamKind } from '../types.ts'
import { validateMatchConditions } from './match-conditions.ts'
import { validateMatchResources } from './match-resources.ts'
import { validateParamKind } from './params.ts'
import { failurePolicies } from './policies.ts'

/** What validating and mutating policies have in common. */
export interface PolicySpec {
  readonly failurePolicy?: string
  readonly paramKind?: ParamKind
  readonly matchConstraints?: MatchResources
  readonly matchConditions?: readonly MatchCondition[]
}

/** Failure policy, parameters and constraints, in upstream's order. The match conditions come after what a kind adds to the constraints. */
export function validateConstraints(spec: PolicySpec, path: string): FieldError[] {
  const errors: FieldError[] = []
  const { failurePolicy, paramKind, matchConstraints } = spec
  if (typeof failurePolicy !== 'string') errors.push(field.required(`${path}.failurePolicy`))
  else if (!failurePolicies.includes(failurePolicy)) {
    errors.push(field.notSupported(`${path}.failurePolicy`, failurePolicy, failurePolicies))
  }
  if (paramKind) append(errors, validateParamKind(paramKind, `${path}.paramKind`))
  const at = `${path}.matchConstraints`
  if (!matchConstraints) return [...errors, field.required(at)]
  append(errors, validateMatchResources(matchConstraints, at))
  if ((matchConstraints.resourceRules ?? []).length === 0) errors.push(field.required(`${at}.resourceRules`))
  return errors
}

/** An update looks at the conditions again only where they, or the parameters that they see, changed. */
export function validateChangedConditions(spec: PolicySpec, old: PolicySpec | undefined, path: string): FieldError[] {
  const same =
    old !== undefined &&
    semanticEqual(spec.paramKind, old.paramKind) &&
    semanticEqual(spec.matchConditions, old.matchConditions)
  return same ? [] : validateMatchConditions(spec.matchConditions, `${path}.matchConditions`, Boolean(spec.paramKind))
}
