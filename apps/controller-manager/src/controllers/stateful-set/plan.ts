import type { StatefulSet, StatefulSetStatus } from '@kubets/api-types'
import { revisionLabel } from '../../history/revisions.ts'
import { scaled } from '../../int-or-percent.ts'
import type { PodInfo } from '../../pods/pod-info.ts'
import { isAvailable } from '../../pods/pod-state.ts'
import { firstOrdinal, inRange, parseName, podNameLabel, sizeOf } from './identity.ts'

/** One step for one pod. */
export type Step =
  | { do: 'create'; ordinal: number }
  | { do: 'delete'; pod: PodInfo }
  /** Its labels, and what owns its claims. */
  | { do: 'mend'; pod: PodInfo; ordinal: number }
  /** Missing claims of a pod that waits for them. */
  | { do: 'claim'; pod: PodInfo; ordinal: number }

export interface SetState {
  set: StatefulSet
  pods: readonly PodInfo[]
  /** Names of the revision that is rolled out and of the one before. */
  updateRevision: string
  currentRevision: string
  /** The owners of the pod's claims are not as the retention policy says. */
  claimsDiffer(pod: PodInfo, ordinal: number): boolean
  now: number
}

/**
 * What to do now. One after another, each step waits until the pod before is available; `Parallel` does all at once. Only when all are
 * there and none is too many, pods of an old revision are replaced, from the last to the first. Pure.
 */
export function plan(state: SetState): Step[] {
  const { set, pods, now } = state
  if (set.metadata?.deletionTimestamp) return []
  const minReady = set.spec?.minReadySeconds ?? 0
  const monotonic = set.spec?.podManagementPolicy !== 'Parallel'
  const available = (pod: PodInfo) => isAvailable(pod, minReady, now)
  const first = firstOrdinal(set)
  const byOrdinal = new Map(pods.map(pod => [parseName(pod.name).ordinal, pod]))
  const ordinals = Array.from({ length: sizeOf(set) }, (_, i) => first + i)
  const condemned = pods
    .filter(pod => parseName(pod.name).ordinal >= 0 && !inRange(set, parseName(pod.name).ordinal))
    .sort((a, b) => parseName(b.name).ordinal - parseName(a.name).ordinal)
  const steps: Step[] = []
  let blocked = false
  for (const ordinal of ordinals) {
    const pod = byOrdinal.get(ordinal)
    if (pod === undefined) {
      steps.push({ do: 'create', ordinal })
      if (monotonic) return steps
      continue
    }
    if (pod.phase === 'Failed' || pod.phase === 'Succeeded') {
      if (!pod.deleting) steps.push({ do: 'delete', pod })
      if (monotonic) return steps
      blocked = true
      continue
    }
    if (pod.phase === 'Pending') steps.push({ do: 'claim', pod, ordinal })
    if (monotonic && (pod.deleting || !available(pod))) return steps
    if (pod.labels[podNameLabel] !== pod.name || state.claimsDiffer(pod, ordinal))
      steps.push({ do: 'mend', pod, ordinal })
  }
  if (!monotonic && (blocked || steps.some(step => step.do === 'create'))) {
    // upstream waits for none of these, but does not go on to updates in the same look
    steps.push(...condemnedSteps(condemned))
    return steps
  }
  for (const pod of condemned) {
    const { ordinal } = parseName(pod.name)
    if (state.claimsDiffer(pod, ordinal)) steps.push({ do: 'mend', pod, ordinal })
  }
  const unhealthy = firstUnavailable([...ordinals.flatMap(i => byOrdinal.get(i) ?? []), ...[...condemned].reverse()])
  if (monotonic) {
    const [pod] = condemned
    if (pod !== undefined) {
      // one that is not well is not waited for: it goes
      if (!pod.deleting && (available(pod) || pod === unhealthy)) steps.push({ do: 'delete', pod })
      return steps
    }
  } else steps.push(...condemnedSteps(condemned))
  if (set.spec?.updateStrategy?.type === 'OnDelete') return steps
  return [
    ...steps,
    ...updates(
      state,
      ordinals.flatMap(ordinal => byOrdinal.get(ordinal) ?? []),
    ),
  ]

  function firstUnavailable(candidates: readonly PodInfo[]): PodInfo | undefined {
    return candidates.find(pod => pod.deleting || !available(pod))
  }
}

function condemnedSteps(condemned: readonly PodInfo[]): Step[] {
  return condemned.filter(({ deleting }) => !deleting).map(pod => ({ do: 'delete', pod }))
}

function updates({ set, updateRevision, now }: SetState, replicas: readonly PodInfo[]): Step[] {
  const rolling = set.spec?.updateStrategy?.rollingUpdate
  const minReady = set.spec?.minReadySeconds ?? 0
  const allowed = Math.max(
    1,
    scaled((rolling?.maxUnavailable as number | string | undefined) ?? 1, sizeOf(set), 'down'),
  )
  const missing = replicas.filter(pod => pod.deleting || !isAvailable(pod, minReady, now)).length
  const partition = rolling?.partition ?? 0
  return replicas
    .slice(partition)
    .reverse()
    .filter(pod => pod.labels[revisionLabel] !== updateRevision && !pod.deleting)
    .slice(0, Math.max(0, allowed - missing))
    .map(pod => ({ do: 'delete', pod }))
}

/** The revision that a new pod of this number is of: below the partition, or below those already updated, the one before. Pure. */
export function revisionFor({ set, currentRevision, updateRevision }: SetState, ordinal: number): string {
  const strategy = set.spec?.updateStrategy
  if (strategy?.type !== 'RollingUpdate') return updateRevision
  const old =
    strategy.rollingUpdate === undefined ? (set.status?.currentReplicas ?? 0) : (strategy.rollingUpdate.partition ?? 0)
  return ordinal < firstOrdinal(set) + old ? currentRevision : updateRevision
}

/** Pure. */
export function statusOf(state: SetState, collisionCount: number, steps: readonly Step[]): StatefulSetStatus {
  const { set, pods, currentRevision, updateRevision, now } = state
  const minReady = set.spec?.minReadySeconds ?? 0
  const count = (counts: (pod: PodInfo) => boolean) => pods.filter(counts).length
  const { generation } = set.metadata ?? {}
  const isReady = (pod: PodInfo) => pod.phase === 'Running' && pod.ready
  const replaced = steps.filter(
    step =>
      step.do === 'delete' &&
      step.pod.labels[revisionLabel] === currentRevision &&
      inRange(set, parseName(step.pod.name).ordinal),
  ).length
  const status: StatefulSetStatus = {
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    replicas: count(pod => pod.phase !== ''),
    readyReplicas: count(isReady),
    availableReplicas: count(pod => isReady(pod) && isAvailable(pod, minReady, now)),
    currentReplicas: count(pod => !pod.deleting && pod.labels[revisionLabel] === currentRevision) - replaced,
    updatedReplicas: count(pod => !pod.deleting && pod.labels[revisionLabel] === updateRevision),
    currentRevision,
    updateRevision,
    collisionCount,
    ...(set.status?.conditions === undefined ? {} : { conditions: set.status.conditions }),
  }
  const size = sizeOf(set)
  const complete = [status.updatedReplicas, status.readyReplicas, status.replicas].every(number => number === size)
  if (set.spec?.updateStrategy?.type === 'RollingUpdate' && complete) {
    status.currentReplicas = status.updatedReplicas ?? 0
    status.currentRevision = updateRevision
  }
  return status
}

export function sameStatus(a: StatefulSetStatus | undefined, b: StatefulSetStatus): boolean {
  const counts = ['replicas', 'readyReplicas', 'availableReplicas', 'currentReplicas', 'updatedReplicas'] as const
  return (
    (b.observedGeneration ?? 0) <= (a?.observedGeneration ?? 0) &&
    counts.every(name => (a?.[name] ?? 0) === (b[name] ?? 0)) &&
    a?.currentRevision === b.currentRevision &&
    a?.updateRevision === b.updateRevision
  )
}
