import type { PodDisruptionBudget, PodDisruptionBudgetStatus } from '@kubets/api-types'
import { formatTime, semanticEqual } from '@kubets/apimachinery'
import type { PodInfo } from '../../pods/pod-info.ts'
import type { Expected } from './expected-pods.ts'

type Condition = NonNullable<PodDisruptionBudgetStatus['conditions']>[number]

/** How long an evicted pod may take to begin to go, until it counts as healthy again. Milliseconds. */
const deletionTimeout = 2 * 60 * 1_000

const allowed = 'DisruptionAllowed'

export interface Disrupted {
  /** Evicted pods that have not begun to go, and when they were evicted. */
  readonly pods: Readonly<Record<string, string>>
  /** Those that should have gone by now. */
  readonly late: readonly PodInfo[]
  /** Milliseconds until the next of them is late. */
  readonly nextLook: number | undefined
}

export function disruptedPods({ status }: PodDisruptionBudget, pods: readonly PodInfo[], now: number): Disrupted {
  const known = new Map<string, string>(Object.entries(status?.disruptedPods ?? {}))
  const waiting = pods.flatMap(pod => {
    const since = known.get(pod.name)
    return pod.deleting || since === undefined ? [] : [{ pod, since, end: Date.parse(since) + deletionTimeout }]
  })
  const due = waiting.filter(({ end }) => end >= now)
  return {
    pods: Object.fromEntries(due.map(({ pod, since }) => [pod.name, since])),
    late: waiting.filter(({ end }) => end < now).map(({ pod }) => pod),
    nextLook: due.length === 0 ? undefined : Math.min(...due.map(({ end }) => end)) - now,
  }
}

/** The status that the budget should have, if it is another than it has. Pure. */
export function statusOf(
  { metadata, status }: PodDisruptionBudget,
  pods: readonly PodInfo[],
  { expected, desired }: Expected,
  disrupted: Disrupted,
  now: number,
): PodDisruptionBudgetStatus | undefined {
  const healthy = pods.filter(pod => pod.ready && !pod.deleting && disrupted.pods[pod.name] === undefined).length
  // a budget without pods lets none go: the first may appear before it is looked at again
  const disruptionsAllowed = expected <= 0 ? 0 : Math.max(0, healthy - desired)
  const next: PodDisruptionBudgetStatus = {
    currentHealthy: healthy,
    desiredHealthy: desired,
    expectedPods: expected,
    disruptionsAllowed,
    ...(Object.keys(disrupted.pods).length === 0 ? {} : { disruptedPods: disrupted.pods as never }),
    observedGeneration: metadata?.generation ?? 0,
    conditions: withCondition(status, {
      type: allowed,
      status: disruptionsAllowed > 0 ? 'True' : 'False',
      observedGeneration: metadata?.generation ?? 0,
      reason: disruptionsAllowed > 0 ? 'SufficientPods' : 'InsufficientPods',
      message: '',
      lastTransitionTime: formatTime(now),
    } as unknown as Condition),
  }
  const { conditions: _, ...before } = status ?? {}
  const { conditions: __, ...after } = next
  const told =
    status?.conditions?.find(({ type }) => type === allowed)?.status === (disruptionsAllowed > 0 ? 'True' : 'False')
  return told && semanticEqual(before, after) ? undefined : next
}

/** When the sum cannot be made nobody may go, and the condition says why. */
export function failedStatus({ status }: PodDisruptionBudget, message: string, now: number): PodDisruptionBudgetStatus {
  const { observedGeneration } = status ?? {}
  return {
    currentHealthy: 0,
    desiredHealthy: 0,
    expectedPods: 0,
    ...status,
    disruptionsAllowed: 0,
    conditions: withCondition(status, {
      type: allowed,
      status: 'False',
      ...(observedGeneration === undefined ? {} : { observedGeneration }),
      reason: 'SyncFailed',
      message,
      lastTransitionTime: formatTime(now),
    } as unknown as Condition),
  }
}

function withCondition(status: PodDisruptionBudgetStatus | undefined, wanted: Condition): Condition[] {
  const conditions = status?.conditions ?? []
  const old = conditions.find(({ type }) => type === wanted.type)
  if (old === undefined) return [...conditions, wanted]
  const since = old.status === wanted.status ? old.lastTransitionTime : wanted.lastTransitionTime
  return conditions.map(each => (each === old ? { ...wanted, lastTransitionTime: since } : each))
}
