/** What objects count for in a ResourceQuota: the same sums for who enforces quotas and for who keeps their status. */
export { calculateUsage, type ListObjects } from './calculate-usage.ts'
export type { Evaluator } from './evaluator.ts'
export { objectCountEvaluator, objectCountName } from './evaluators/object-count.ts'
export {
  type ChargedClaim,
  claimCharge,
  persistentVolumeClaimEvaluator,
} from './evaluators/persistent-volume-claims.ts'
export {
  type ChargedPod,
  chargedPod,
  countsAgainstQuota,
  type PodCharge,
  podCharge,
  podEvaluator,
} from './evaluators/pods.ts'
export { type ChargedService, chargedService, serviceEvaluator } from './evaluators/services.ts'
export { unspecifiedResources } from './pod-constraints.ts'
export { podLimits, podRequests } from './pod-resources.ts'
export {
  addLists,
  equalLists,
  formatList,
  maskList,
  parseList,
  type QuantityTexts,
  type ResourceList,
} from './resource-list.ts'
export { type ScopeRequirement, scopeRequirements } from './scopes.ts'
