import type { ReplicaSet } from '@kubets/api-types'
import type { Outcome } from '@kubets/client'
import { sortReplicaSets } from './new-replica-set.ts'
import type { Rollout } from './rollout.ts'
import { active, presentIn, replicasOf } from './sizes.ts'
import { isComplete } from './status.ts'

/** One step of a rollout that first ends all old pods and then makes the new ones. */
export async function rolloutRecreate(rollout: Rollout): Promise<Outcome> {
  let sorted = await sortReplicaSets(rollout, 'leave')
  let scaledDown = false
  for (const set of active(sorted.old)) scaledDown = (await rollout.scale(set, 0)).scaled || scaledDown
  if (scaledDown || oldPodsRun(rollout, sorted.old, sorted.newSet))
    return rollout.syncRolloutStatus(sorted.all, sorted.newSet)
  if (sorted.newSet === undefined) sorted = await sortReplicaSets(rollout, 'create')
  const { newSet, old, all } = sorted
  if (newSet === undefined) return undefined
  await rollout.scale(newSet, replicasOf(rollout.deployment))
  if (isComplete(rollout.deployment, rollout.deployment.status)) await rollout.cleanUp(old)
  return rollout.syncRolloutStatus(all, newSet)
}

/** As the old ReplicaSets say, or as we see: pods that are on their way out count until they have ended. */
function oldPodsRun(rollout: Rollout, old: readonly ReplicaSet[], newSet: ReplicaSet | undefined): boolean {
  if (presentIn(old) > 0) return true
  return rollout.sets
    .filter(set => set.metadata?.uid !== newSet?.metadata?.uid)
    .some(set => rollout.podsOf(set).some(({ phase }) => phase !== 'Failed' && phase !== 'Succeeded'))
}
