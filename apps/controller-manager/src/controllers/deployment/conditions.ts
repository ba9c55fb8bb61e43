import type { DeploymentStatus, ReplicaSet } from '@kubets/api-types'
import { formatTime } from '@kubets/apimachinery'

export type Condition = NonNullable<DeploymentStatus['conditions']>[number]
export type ConditionType = 'Progressing' | 'Available' | 'ReplicaFailure'

export function condition(
  type: ConditionType,
  status: 'True' | 'False' | 'Unknown',
  reason: string,
  message: string,
  now: number,
): Condition {
  const time = formatTime(now)
  return { type, status, lastUpdateTime: time, lastTransitionTime: time, reason, message }
}

export function findCondition(status: DeploymentStatus | undefined, type: ConditionType): Condition | undefined {
  return status?.conditions?.find(other => other.type === type)
}

/** With this condition; one that says the same already stays as it is, times and message too. Pure. */
export function withCondition(status: DeploymentStatus, wanted: Condition): DeploymentStatus {
  const old = findCondition(status, wanted.type as ConditionType)
  if (old?.status === wanted.status && old.reason === wanted.reason) return status
  const time = old?.status === wanted.status ? old.lastTransitionTime : wanted.lastTransitionTime
  const next: Condition = { ...wanted, ...(time === undefined ? {} : { lastTransitionTime: time }) }
  return { ...status, conditions: [...others(status, wanted.type), next] }
}

export function withoutCondition(status: DeploymentStatus, type: ConditionType): DeploymentStatus {
  const conditions = others(status, type)
  const { conditions: _, ...rest } = status
  return conditions.length > 0 ? { ...rest, conditions } : rest
}

const others = (status: DeploymentStatus, type: string) =>
  (status.conditions ?? []).filter(other => other.type !== type)

/** Why a ReplicaSet cannot make its pods, as the Deployment says it: the new one's reason before those of the others. */
export function replicaFailure(newSet: ReplicaSet | undefined, all: readonly ReplicaSet[]): Condition | undefined {
  const sets = newSet === undefined ? all : [newSet, ...all]
  for (const { status } of sets) {
    const failure = status?.conditions?.find(({ type }) => type === 'ReplicaFailure')
    if (failure === undefined) continue
    const time = failure.lastTransitionTime
    return { ...failure, ...(time === undefined ? {} : { lastUpdateTime: time }) }
  }
  return undefined
}
