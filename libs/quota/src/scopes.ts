import { labelSelectorOf } from '@kubets/apimachinery'

/** One line of a quota's `scopeSelector`, or one of its `scopes` in that form. */
export interface ScopeRequirement {
  scopeName: string
  operator: string
  values?: string[]
}

/** What a quota asks of the objects that it counts: all of it must hold. */
export function scopeRequirements(spec: {
  scopes?: readonly string[]
  scopeSelector?: { matchExpressions?: readonly ScopeRequirement[] }
}): ScopeRequirement[] {
  return [
    ...(spec.scopes ?? []).map(scopeName => ({ scopeName, operator: 'Exists' })),
    ...(spec.scopeSelector?.matchExpressions ?? []),
  ]
}

/** Whether one of the values that the object has for the scope fits; an object without one is asked as it is. */
export function matchesScopeValues(requirement: ScopeRequirement, values: readonly string[]): boolean {
  const { scopeName, operator } = requirement
  const selector = labelSelectorOf({
    matchExpressions: [{ key: scopeName, operator, ...(requirement.values ? { values: requirement.values } : {}) }],
  })
  if (values.length === 0) return selector.matches({})
  return values.some(value => selector.matches({ [scopeName]: value }))
}
