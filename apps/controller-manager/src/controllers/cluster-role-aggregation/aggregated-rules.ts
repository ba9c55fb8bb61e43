import type { PolicyRule } from '@kubets/api-types'
import { type LabelSelectorObject, labelSelectorOf, semanticEqual } from '@kubets/apimachinery'

/** What of a cluster role counts here. */
export interface AggregatedRole {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly rules: readonly PolicyRule[]
  /** Undefined for a role that gathers nothing. */
  readonly selectors: readonly LabelSelectorObject[] | undefined
}

/** The rules of all that the role selects, but itself: by selector and then by name, each rule once. */
export function aggregatedRules(role: AggregatedRole, all: readonly AggregatedRole[]): PolicyRule[] {
  const rules: PolicyRule[] = []
  const byName = [...all].sort((a, b) => (a.name < b.name ? -1 : 1))
  for (const selector of role.selectors ?? []) {
    const { matches } = labelSelectorOf(selector)
    for (const other of byName) {
      if (other.name === role.name || !matches(other.labels)) continue
      for (const rule of other.rules) if (!rules.some(one => semanticEqual(one, rule))) rules.push(rule)
    }
  }
  return rules
}
