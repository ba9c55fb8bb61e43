import type { Deployment, ReplicaSet } from '@kubets/api-types'
import { type IntOrPercent, scaled } from '../../int-or-percent.ts'

export const replicasOf = (object: { spec?: { replicas?: number } }) => object.spec?.replicas ?? 1

export const isRolling = ({ spec }: Deployment) => (spec?.strategy?.type ?? 'RollingUpdate') === 'RollingUpdate'

function fenceposts(deployment: Deployment): { surge: number; unavailable: number } {
  const { maxSurge, maxUnavailable } = deployment.spec?.strategy?.rollingUpdate ?? {}
  const desired = replicasOf(deployment)
  const surge = scaled(maxSurge as IntOrPercent, desired, 'up')
  const unavailable = scaled(maxUnavailable as IntOrPercent, desired, 'down')
  // rounding may leave no room at all; then one pod may be missing, since one more may not be allowed
  return { surge, unavailable: surge === 0 && unavailable === 0 ? 1 : unavailable }
}

/** Pods that a rolling Deployment may have beyond its size. */
export function maxSurge(deployment: Deployment): number {
  return isRolling(deployment) ? fenceposts(deployment).surge : 0
}

/** Pods that a rolling Deployment may miss. */
export function maxUnavailable(deployment: Deployment): number {
  const desired = replicasOf(deployment)
  if (!isRolling(deployment) || desired === 0) return 0
  return Math.min(fenceposts(deployment).unavailable, desired)
}

export const wantedBy = (sets: readonly ReplicaSet[]) => sets.reduce((sum, set) => sum + replicasOf(set), 0)
export const presentIn = (sets: readonly ReplicaSet[]) =>
  sets.reduce((sum, set) => sum + (set.status?.replicas ?? 0), 0)
export const readyIn = (sets: readonly ReplicaSet[]) =>
  sets.reduce((sum, set) => sum + (set.status?.readyReplicas ?? 0), 0)
export const availableIn = (sets: readonly ReplicaSet[]) =>
  sets.reduce((sum, set) => sum + (set.status?.availableReplicas ?? 0), 0)

/** Nothing as long as one of them has been looked at and does not say. */
export function terminatingIn(sets: readonly ReplicaSet[]): number | undefined {
  let sum = 0
  for (const { status } of sets) {
    if (status?.terminatingReplicas !== undefined) sum += status.terminatingReplicas
    else if ((status?.observedGeneration ?? 0) !== 0) return undefined
  }
  return sum
}

export const active = (sets: readonly ReplicaSet[]) => sets.filter(set => replicasOf(set) > 0)

/** How large the ReplicaSet of the Deployment's template should be by now. */
export function newReplicas(deployment: Deployment, all: readonly ReplicaSet[], set: ReplicaSet): number {
  const desired = replicasOf(deployment)
  if (!isRolling(deployment)) return desired
  const surge = scaled(deployment.spec?.strategy?.rollingUpdate?.maxSurge as IntOrPercent, desired, 'up')
  const room = desired + surge - wantedBy(all)
  if (room <= 0) return replicasOf(set)
  return replicasOf(set) + Math.min(room, desired - replicasOf(set))
}

export function byCreation(a: ReplicaSet, b: ReplicaSet): number {
  const [x, y] = [created(a), created(b)]
  if (x !== y) return x - y
  return (a.metadata?.name ?? '') < (b.metadata?.name ?? '') ? -1 : 1
}

/** What the server has not stored yet is younger than all that it has. */
const created = ({ metadata }: ReplicaSet) =>
  metadata?.creationTimestamp ? Date.parse(metadata.creationTimestamp) : Number.POSITIVE_INFINITY
