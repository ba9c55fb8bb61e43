import type { MatchResources, RuleWithOperations } from './types.ts'

/** A rule is about both scopes unless it names one. */
export function applyRuleDefaults(rules: readonly RuleWithOperations[] | undefined): void {
  for (const rule of rules ?? []) rule.scope ??= '*'
}

export function applyMatchResourcesDefaults(resources: MatchResources | undefined | null): void {
  if (!resources) return
  resources.matchPolicy ??= 'Equivalent'
  resources.namespaceSelector ??= {}
  resources.objectSelector ??= {}
  applyRuleDefaults(resources.resourceRules)
  applyRuleDefaults(resources.excludeResourceRules)
}

/** The part that both kinds of policies have. */
export function applyPolicyDefaults(policy: {
  spec?: { failurePolicy?: string; matchConstraints?: MatchResources }
}): void {
  policy.spec ??= {}
  policy.spec.failurePolicy ??= 'Fail'
  applyMatchResourcesDefaults(policy.spec.matchConstraints)
}
