import { entries } from '../../entries.ts'
import { podDisruptionBudget } from './pod-disruption-budget/index.ts'

/** `policy/v1`. An Eviction is only posted, to a pod's `eviction`: it is no resource of its own. */
export const policyV1 = entries([podDisruptionBudget])
