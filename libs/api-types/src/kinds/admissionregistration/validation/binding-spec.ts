import { type FieldError, field, nameIsDnsSubdomain } from '@kubets/apimachinery'
import type { MatchResources, ParamRef } from '../types.ts'
import { validateMatchResources } from './match-resources.ts'
import { validateParamRef } from './params.ts'

/** What both kinds of bindings have. */
export interface BindingSpec {
  readonly policyName?: string
  readonly paramRef?: ParamRef
  readonly matchResources?: MatchResources
}

export function validateBindingSpec(spec: BindingSpec, path: string): FieldError[] {
  const { policyName = '', paramRef, matchResources } = spec
  const errors =
    policyName === ''
      ? [field.required(`${path}.policyName`)]
      : nameIsDnsSubdomain(policyName, false).map(text => field.invalid(`${path}.policyName`, policyName, text))
  return [
    ...errors,
    ...validateParamRef(paramRef, `${path}.paramRef`),
    ...validateMatchResources(matchResources, `${path}.matchResources`),
  ]
}
