import type { Deployment, ReplicaSet } from '@kubets/api-types'
import { maxReplicasAnnotation, replicasIn } from './revision.ts'
import { byCreation, maxSurge, replicasOf, wantedBy } from './sizes.ts'

/**
 * The sizes of all active ReplicaSets, when a Deployment is scaled in the middle of a rollout: each grows or shrinks by its share, so
 * that the rollout stays where it is. What is left over goes to the largest. Pure.
 */
export function proportionalSizes(
  deployment: Deployment,
  sets: readonly ReplicaSet[],
): { set: ReplicaSet; size: number }[] {
  const desired = replicasOf(deployment)
  const allowed = desired > 0 ? desired + maxSurge(deployment) : 0
  const toAdd = allowed - wantedBy(sets)
  // of two that are as large the younger grows first, and the elder shrinks first
  const sorted = [...sets].sort((a, b) => {
    const larger = replicasOf(b) - replicasOf(a)
    if (larger !== 0 || toAdd === 0) return larger
    return toAdd > 0 ? byCreation(b, a) : byCreation(a, b)
  })
  let added = 0
  const sizes = sorted.map(set => {
    const share = proportionOf(set, deployment, toAdd, added)
    added += share
    return { set, size: replicasOf(set) + share }
  })
  const [largest] = sizes
  if (largest !== undefined && toAdd !== 0) largest.size = Math.max(0, largest.size + toAdd - added)
  return sizes
}

function proportionOf(set: ReplicaSet, deployment: Deployment, toAdd: number, added: number): number {
  if (replicasOf(set) === 0 || toAdd === 0 || toAdd === added) return 0
  const fraction = fractionOf(set, deployment)
  return toAdd > 0 ? Math.min(fraction, toAdd - added) : Math.max(fraction, toAdd - added)
}

/** By how much this one would change if the Deployment's change was spread evenly. */
function fractionOf(set: ReplicaSet, deployment: Deployment): number {
  const size = replicasOf(set)
  if (replicasOf(deployment) === 0) return -size
  const now = replicasOf(deployment) + maxSurge(deployment)
  // somebody may have taken the annotation away: then the present size has to do
  const before = replicasIn(set, maxReplicasAnnotation) || (deployment.status?.replicas ?? 0)
  if (before === 0) return 0
  const share = (size * now) / before
  return Math.trunc(share < 0 ? share - 0.5 : share + 0.5) - size
}
