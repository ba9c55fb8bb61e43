import type { Outcome } from '@kubets/client'
import { condition, withCondition } from './conditions.ts'
import { sortReplicaSets } from './new-replica-set.ts'
import { rolloutRecreate } from './recreate.ts'
import { rollback, rollbackTarget } from './rollback.ts'
import { rolloutRolling } from './rolling.ts'
import type { Rollout } from './rollout.ts'
import { isScalingEvent, syncScale } from './scale.ts'
import { hasProgressDeadline } from './status.ts'

/** One look at a Deployment, which does the first of these that applies. */
export async function reconcile(rollout: Rollout): Promise<Outcome> {
  const { metadata, spec } = rollout.deployment
  if (metadata?.deletionTimestamp) {
    const { newSet, all } = await sortReplicaSets(rollout, 'leave')
    return rollout.syncStatus(all, newSet)
  }
  await notePause(rollout)
  if (spec?.paused) return syncScale(rollout)
  const target = rollbackTarget(rollout.deployment)
  if (target !== undefined) return rollback(rollout, target)
  if (await isScalingEvent(rollout)) return syncScale(rollout)
  switch (spec?.strategy?.type) {
    case 'Recreate':
      return rolloutRecreate(rollout)
    case 'RollingUpdate':
      return rolloutRolling(rollout)
    default:
      throw new Error(`unexpected deployment strategy type: ${spec?.strategy?.type}`)
  }
}

/** While it is paused the time does not run: nobody must hear of a lack of progress when it is resumed. */
async function notePause(rollout: Rollout): Promise<void> {
  const { deployment, progress } = rollout
  if (!hasProgressDeadline(deployment) || progress?.reason === 'ProgressDeadlineExceeded') return
  const isNoted = progress?.reason === 'DeploymentPaused'
  const paused = deployment.spec?.paused ?? false
  if (paused === isNoted) return
  const [reason, message] = paused
    ? ['DeploymentPaused', 'Deployment is paused']
    : ['DeploymentResumed', 'Deployment is resumed']
  const noted = condition('Progressing', 'Unknown', reason, message, rollout.now())
  await rollout.writeStatus(withCondition(deployment.status ?? {}, noted))
}
