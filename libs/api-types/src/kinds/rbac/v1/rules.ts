import { type FieldError, field } from '@kubets/apimachinery'
import type { PolicyRule } from '../types.ts'

/** One rule of a role. A role of a namespace has nothing to say about paths that name no resource. */
function validateRule(rule: PolicyRule, namespaced: boolean, path: string): FieldError[] {
  const { verbs, nonResourceURLs = [], apiGroups = [], resources = [], resourceNames = [] } = rule
  const errors: FieldError[] = []
  if ((verbs ?? []).length === 0) errors.push(field.required(`${path}.verbs`, 'verbs must contain at least one value'))
  if (nonResourceURLs.length > 0) {
    const refuse = (text: string) => errors.push(field.invalid(`${path}.nonResourceURLs`, nonResourceURLs, text))
    if (namespaced) refuse('namespaced rules cannot apply to non-resource URLs')
    if (apiGroups.length + resources.length + resourceNames.length > 0) {
      refuse('rules cannot apply to both regular resources and non-resource URLs')
    }
    return errors
  }
  if (apiGroups.length === 0) {
    errors.push(field.required(`${path}.apiGroups`, 'resource rules must supply at least one api group'))
  }
  if (resources.length === 0) {
    errors.push(field.required(`${path}.resources`, 'resource rules must supply at least one resource'))
  }
  return errors
}

export const validateRules = (rules: readonly PolicyRule[] | undefined, namespaced: boolean): FieldError[] =>
  (rules ?? []).flatMap((rule, i) => validateRule(rule, namespaced, `rules[${i}]`))
