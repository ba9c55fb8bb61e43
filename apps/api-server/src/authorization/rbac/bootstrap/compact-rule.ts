import type { PolicyRule } from '@kubets/api-types'

/** Words are separated by blanks; the core group is the word ''. Of two parts: verbs and paths; of more: verbs, groups, resources, names. */
export type CompactRule =
  | readonly [verbs: string, paths: string]
  | readonly [verbs: string, groups: string, resources: string, names?: string]

export type BootstrapRules = readonly CompactRule[]

export const read = 'get list watch'
export const write = 'create delete deletecollection patch update'

/** What everybody may who tells of events. */
export const events: CompactRule = ['create patch update', ' events.k8s.io', 'events']

const words = (text: string) => text.split(' ')

export function policyRule(rule: CompactRule): PolicyRule {
  const verbs = words(rule[0])
  if (rule.length === 2) return { verbs, nonResourceURLs: words(rule[1]) }
  const [, groups, resources, names] = rule
  return {
    verbs,
    apiGroups: words(groups),
    resources: words(resources),
    ...(names === undefined ? {} : { resourceNames: words(names) }),
  }
}
