import type { ReplicaSetStatus } from '@kubets/api-types'
import { formatTime, semanticEqual } from '@kubets/apimachinery'
import type { PodInfo } from '../../pods/pod-info.ts'
import { isAvailable } from '../../pods/pod-state.ts'
import type { ReplicaWorkload } from './workload.ts'

/** Pods made or deleted in one go; the rest follows when these have been seen. */
export const burstReplicas = 500

export interface ReplicaDiff {
  create: number
  delete: number
}

/** How many pods to make or to delete now. Pure. */
export function diffReplicas(workload: ReplicaWorkload, active: number): ReplicaDiff {
  const missing = (workload.spec?.replicas ?? 1) - active
  if (missing >= 0) return { create: Math.min(missing, burstReplicas), delete: 0 }
  return { create: 0, delete: Math.min(-missing, burstReplicas) }
}

export interface ObservedReplicas {
  active: readonly PodInfo[]
  /** Absent where the kind does not count them. */
  terminating: readonly PodInfo[] | undefined
  /** Why pods could not be made or deleted. */
  failure: Error | undefined
  now: number
}

/** The status that says what is there. Pure. */
export function statusOf(workload: ReplicaWorkload, observed: ObservedReplicas): ReplicaSetStatus {
  const { active, terminating, now } = observed
  const template = Object.entries(workload.spec?.template?.metadata?.labels ?? {})
  const minReadySeconds = workload.spec?.minReadySeconds ?? 0
  let fullyLabeled = 0
  let ready = 0
  let available = 0
  for (const pod of active) {
    if (template.every(([key, value]) => pod.labels[key] === value)) fullyLabeled++
    if (pod.ready) ready++
    if (isAvailable(pod, minReadySeconds, now)) available++
  }
  const conditions = conditionsAfter(workload, observed)
  const { conditions: _, terminatingReplicas: __, ...rest } = workload.status ?? { replicas: 0 }
  return {
    ...rest,
    replicas: active.length,
    fullyLabeledReplicas: fullyLabeled,
    readyReplicas: ready,
    availableReplicas: available,
    ...(terminating === undefined ? {} : { terminatingReplicas: terminating.length }),
    ...(conditions.length > 0 ? { conditions } : {}),
  }
}

type Conditions = NonNullable<ReplicaSetStatus['conditions']>

function conditionsAfter(workload: ReplicaWorkload, { active, failure, now }: ObservedReplicas): Conditions {
  const conditions: Conditions = workload.status?.conditions ?? []
  const known = conditions.some(({ type }) => type === 'ReplicaFailure')
  if (failure === undefined) return known ? conditions.filter(({ type }) => type !== 'ReplicaFailure') : conditions
  if (known) return conditions
  const missing = (workload.spec?.replicas ?? 1) - active.length
  return [
    ...conditions,
    {
      type: 'ReplicaFailure',
      status: 'True',
      lastTransitionTime: formatTime(now),
      reason: missing > 0 ? 'FailedCreate' : missing < 0 ? 'FailedDelete' : '',
      message: failure.message,
    },
  ]
}

/** Nothing to write: what is stored says the same, about this generation. Pure. */
export function isSettled(workload: ReplicaWorkload, next: ReplicaSetStatus): boolean {
  const status = workload.status
  return (
    (workload.metadata?.generation ?? 0) === (status?.observedGeneration ?? 0) &&
    (status?.replicas ?? 0) === next.replicas &&
    (status?.fullyLabeledReplicas ?? 0) === (next.fullyLabeledReplicas ?? 0) &&
    (status?.readyReplicas ?? 0) === (next.readyReplicas ?? 0) &&
    (status?.availableReplicas ?? 0) === (next.availableReplicas ?? 0) &&
    status?.terminatingReplicas === next.terminatingReplicas &&
    semanticEqual(status?.conditions, next.conditions)
  )
}
