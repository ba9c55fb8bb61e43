import type { ReplicaSet } from '@kubets/api-types'
import type { Outcome } from '@kubets/client'
import { sortReplicaSets } from './new-replica-set.ts'
import type { Rollout } from './rollout.ts'
import { active, availableIn, byCreation, maxUnavailable, newReplicas, replicasOf, wantedBy } from './sizes.ts'
import { isComplete } from './status.ts'

/** One step of a rolling update: the new ReplicaSet grows as far as it may, or else the old ones shrink as far as they may. */
export async function rolloutRolling(rollout: Rollout): Promise<Outcome> {
  const { newSet, old, all } = await sortReplicaSets(rollout, 'create')
  if (newSet === undefined) return undefined
  const desired = replicasOf(rollout.deployment)
  if (replicasOf(newSet) !== desired) {
    const size = replicasOf(newSet) > desired ? desired : newReplicas(rollout.deployment, all, newSet)
    if ((await rollout.scale(newSet, size)).scaled) return rollout.syncRolloutStatus(all, newSet)
  }
  if (await shrinkOld(rollout, all, active(old), newSet)) return rollout.syncRolloutStatus(all, newSet)
  if (isComplete(rollout.deployment, rollout.deployment.status)) await rollout.cleanUp(old)
  return rollout.syncRolloutStatus(all, newSet)
}

async function shrinkOld(
  rollout: Rollout,
  all: readonly ReplicaSet[],
  old: readonly ReplicaSet[],
  newSet: ReplicaSet,
): Promise<boolean> {
  if (wantedBy(old) === 0) return false
  const minAvailable = replicasOf(rollout.deployment) - maxUnavailable(rollout.deployment)
  // new pods that are not available yet may never be: they do not make up for old ones
  const newUnavailable = replicasOf(newSet) - (newSet.status?.availableReplicas ?? 0)
  const most = wantedBy(all) - minAvailable - newUnavailable
  if (most <= 0) return false
  const { sets, removed } = await removeUnhealthy(rollout, old, most)
  const more = await removeAvailable(rollout, [...sets, newSet], sets, minAvailable)
  return removed + more > 0
}

/** Old pods that are not available go first: nobody misses them, and they would block the rollout. */
async function removeUnhealthy(
  rollout: Rollout,
  old: readonly ReplicaSet[],
  most: number,
): Promise<{ sets: ReplicaSet[]; removed: number }> {
  let removed = 0
  const sets: ReplicaSet[] = []
  for (const set of [...old].sort(byCreation)) {
    const size = replicasOf(set)
    const unhealthy = size - (set.status?.availableReplicas ?? 0)
    const count = Math.min(most - removed, unhealthy)
    if (removed >= most || size === 0 || unhealthy === 0 || count < 0) {
      sets.push(set)
      continue
    }
    sets.push((await rollout.scale(set, size - count)).set)
    removed += count
  }
  return { sets, removed }
}

async function removeAvailable(
  rollout: Rollout,
  all: readonly ReplicaSet[],
  old: readonly ReplicaSet[],
  minAvailable: number,
): Promise<number> {
  const most = availableIn(all) - minAvailable
  let removed = 0
  for (const set of [...old].sort(byCreation)) {
    if (removed >= most) break
    const size = replicasOf(set)
    if (size === 0) continue
    const count = Math.min(size, most - removed)
    await rollout.scale(set, size - count)
    removed += count
  }
  return removed
}
