import type { Deployment, DeploymentStatus, ReplicaSet } from '@kubets/api-types'
import { condition, findCondition, replicaFailure, withCondition, withoutCondition } from './conditions.ts'
import { availableIn, maxUnavailable, presentIn, readyIn, replicasOf, terminatingIn, wantedBy } from './sizes.ts'

/** What is not limited. */
const unlimited = 2 ** 31 - 1

export function hasProgressDeadline({ spec }: Deployment): boolean {
  return spec?.progressDeadlineSeconds !== undefined && spec.progressDeadlineSeconds !== unlimited
}

export function historyLimit({ spec }: Deployment): number | undefined {
  return spec?.revisionHistoryLimit === unlimited ? undefined : spec?.revisionHistoryLimit
}

/** The status that follows from the ReplicaSets. Pure. */
export function statusOf(
  deployment: Deployment,
  all: readonly ReplicaSet[],
  newSet: ReplicaSet | undefined,
  now: number,
): DeploymentStatus {
  const available = availableIn(all)
  const terminating = terminatingIn(all)
  const { generation } = deployment.metadata ?? {}
  const { collisionCount, conditions } = deployment.status ?? {}
  const status: DeploymentStatus = {
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    replicas: presentIn(all),
    updatedReplicas: newSet === undefined ? 0 : presentIn([newSet]),
    readyReplicas: readyIn(all),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, wantedBy(all) - available),
    ...(terminating === undefined ? {} : { terminatingReplicas: terminating }),
    ...(collisionCount === undefined ? {} : { collisionCount }),
    ...(conditions === undefined ? {} : { conditions }),
  }
  const enough = available >= replicasOf(deployment) - maxUnavailable(deployment)
  return withCondition(
    status,
    enough
      ? condition('Available', 'True', 'MinimumReplicasAvailable', 'Deployment has minimum availability.', now)
      : condition(
          'Available',
          'False',
          'MinimumReplicasUnavailable',
          'Deployment does not have minimum availability.',
          now,
        ),
  )
}

/** All desired replicas are of the new template and available, and no other is left. */
export function isComplete(deployment: Deployment, status: DeploymentStatus | undefined): boolean {
  const desired = replicasOf(deployment)
  return (
    (status?.updatedReplicas ?? 0) === desired &&
    (status?.replicas ?? 0) === desired &&
    (status?.availableReplicas ?? 0) === desired &&
    (status?.observedGeneration ?? 0) >= (deployment.metadata?.generation ?? 0)
  )
}

function isProgressing({ status: old = {} }: Deployment, status: DeploymentStatus): boolean {
  const outdated = (of: DeploymentStatus) => (of.replicas ?? 0) - (of.updatedReplicas ?? 0)
  return (
    (status.updatedReplicas ?? 0) > (old.updatedReplicas ?? 0) ||
    outdated(status) < outdated(old) ||
    (status.readyReplicas ?? 0) > (old.readyReplicas ?? 0) ||
    (status.availableReplicas ?? 0) > (old.availableReplicas ?? 0)
  )
}

function isTimedOut(deployment: Deployment, status: DeploymentStatus, now: number): boolean {
  const progress = findCondition(status, 'Progressing')
  if (progress === undefined || progress.reason === 'NewReplicaSetAvailable') return false
  if (progress.reason === 'ProgressDeadlineExceeded') return true
  const seconds = deployment.spec?.progressDeadlineSeconds ?? 0
  return Date.parse(progress.lastUpdateTime ?? '') + seconds * 1_000 < now
}

/** The status during a rollout: how it gets on, and what stops it. Pure. */
export function rolloutStatus(
  deployment: Deployment,
  all: readonly ReplicaSet[],
  newSet: ReplicaSet | undefined,
  now: number,
): DeploymentStatus {
  let status = statusOf(deployment, all, newSet, now)
  const deadline = hasProgressDeadline(deployment)
  if (!deadline) status = withoutCondition(status, 'Progressing')
  const before = findCondition(deployment.status, 'Progressing')
  const wasComplete = status.replicas === status.updatedReplicas && before?.reason === 'NewReplicaSetAvailable'
  const subject =
    newSet === undefined ? `Deployment "${deployment.metadata?.name}"` : `ReplicaSet "${newSet.metadata?.name}"`
  if (deadline && !wasComplete) {
    if (isComplete(deployment, status)) {
      const message = `${subject} has successfully progressed.`
      status = withCondition(status, condition('Progressing', 'True', 'NewReplicaSetAvailable', message, now))
    } else if (isProgressing(deployment, status)) {
      const fresh = condition('Progressing', 'True', 'ReplicaSetUpdated', `${subject} is progressing.`, now)
      if (before?.status === 'True' && before.lastTransitionTime !== undefined)
        fresh.lastTransitionTime = before.lastTransitionTime
      // each step counts: the same reason again has a new time
      status = withCondition(withoutCondition(status, 'Progressing'), fresh)
    } else if (isTimedOut(deployment, status, now)) {
      const message = `${subject} has timed out progressing.`
      status = withCondition(status, condition('Progressing', 'False', 'ProgressDeadlineExceeded', message, now))
    }
  }
  const failure = replicaFailure(newSet, all)
  return failure === undefined ? withoutCondition(status, 'ReplicaFailure') : withCondition(status, failure)
}

/** Milliseconds until the rollout, if nothing happens, has taken too long; nothing when nobody waits for it. Pure. */
export function progressCheck(deployment: Deployment, status: DeploymentStatus, now: number): number | undefined {
  const progress = findCondition(deployment.status, 'Progressing')
  if (!hasProgressDeadline(deployment) || progress === undefined) return undefined
  if (isComplete(deployment, status) || progress.reason === 'ProgressDeadlineExceeded') return undefined
  const seconds = deployment.spec?.progressDeadlineSeconds ?? 0
  // one second more, as upstream: times have whole seconds
  return Math.max(0, Date.parse(progress.lastUpdateTime ?? '') + seconds * 1_000 - now) + 1_000
}
