import type { ReplicaSet } from '@kubets/api-types'
import type { Outcome } from '@kubets/client'
import { sortReplicaSets } from './new-replica-set.ts'
import { proportionalSizes } from './proportion.ts'
import { desiredReplicasAnnotation, replicasIn } from './revision.ts'
import { rollbackTarget } from './rollback.ts'
import type { Rollout } from './rollout.ts'
import { active, byCreation, isRolling, replicasOf } from './sizes.ts'

/** The Deployment's size was changed since its ReplicaSets were last given theirs. */
export async function isScalingEvent(rollout: Rollout): Promise<boolean> {
  const { all } = await sortReplicaSets(rollout, 'leave')
  return active(all).some(set => {
    const desired = replicasIn(set, desiredReplicasAnnotation)
    return desired !== undefined && desired !== replicasOf(rollout.deployment)
  })
}

/** Another size, or a pause: no rollout goes on, but the sizes are brought in line. */
export async function syncScale(rollout: Rollout): Promise<Outcome> {
  const { newSet, old, all } = await sortReplicaSets(rollout, 'leave')
  await scale(rollout, newSet, old, all)
  if (rollout.deployment.spec?.paused && rollbackTarget(rollout.deployment) === undefined) await rollout.cleanUp(old)
  return rollout.syncStatus(all, newSet)
}

async function scale(
  rollout: Rollout,
  newSet: ReplicaSet | undefined,
  old: readonly ReplicaSet[],
  all: readonly ReplicaSet[],
): Promise<void> {
  const desired = replicasOf(rollout.deployment)
  const sets = active(all)
  if (sets.length <= 1) {
    // the only one that has pods, or the newest when none has
    const only = sets[0] ?? newSet ?? [...old].sort(byCreation).at(-1)
    if (only !== undefined) await rollout.scale(only, desired)
    return
  }
  if (newSet !== undefined && isSaturated(rollout, newSet)) {
    for (const set of active(old)) await rollout.scale(set, 0)
    return
  }
  if (!isRolling(rollout.deployment)) return
  for (const { set, size } of proportionalSizes(rollout.deployment, sets)) await rollout.scale(set, size, 'always')
}

/** The new ReplicaSet has all pods that the Deployment wants, and all of them are available. */
function isSaturated(rollout: Rollout, set: ReplicaSet): boolean {
  const desired = replicasOf(rollout.deployment)
  return (
    replicasOf(set) === desired &&
    replicasIn(set, desiredReplicasAnnotation) === desired &&
    (set.status?.availableReplicas ?? 0) === desired
  )
}
