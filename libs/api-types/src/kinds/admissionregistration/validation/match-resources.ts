import { append, type FieldError, field } from '@kubets/apimachinery'
import { validateLabelSelector } from '../../validation/label-selector.ts'
import type { MatchResources } from '../types.ts'
import { matchPolicies } from './policies.ts'
import { validateNamedRule } from './rules.ts'

/** Which requests a policy or binding is about. */
export function validateMatchResources(resources: MatchResources | undefined | null, path: string): FieldError[] {
  if (!resources) return []
  const errors: FieldError[] = []
  const { matchPolicy } = resources
  if (typeof matchPolicy !== 'string') errors.push(field.required(`${path}.matchPolicy`))
  else if (!matchPolicies.includes(matchPolicy)) {
    errors.push(field.notSupported(`${path}.matchPolicy`, matchPolicy, matchPolicies))
  }
  for (const name of ['namespaceSelector', 'objectSelector'] as const) {
    const at = `${path}.${name}`
    append(errors, resources[name] ? validateLabelSelector(resources[name], at) : [field.required(at)])
  }
  for (const name of ['resourceRules', 'excludeResourceRules'] as const) {
    resources[name]?.forEach((rule, index) => {
      append(errors, validateNamedRule(rule, `${path}.${name}[${index}]`))
    })
  }
  return errors
}

const mutatingOperations = ['*', 'CONNECT', 'CREATE', 'UPDATE']

/** What is deleted cannot be mutated. */
export function validateMutatingOperations(resources: MatchResources | undefined | null, path: string): FieldError[] {
  return (resources?.resourceRules ?? []).flatMap(({ operations }) =>
    (operations ?? [])
      .filter(operation => !mutatingOperations.includes(operation))
      .map(operation => field.notSupported(`${path}.resourceRules.operations`, operation, mutatingOperations)),
  )
}
