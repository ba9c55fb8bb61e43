import type { Job } from '@kubets/api-types'
import type { PodInfo } from '../../pods/pod-info.ts'
import { isActive, isTerminating } from '../../pods/pod-state.ts'
import { type Condition, condition, trueCondition } from './conditions.ts'
import { Indexes } from './indexes.ts'
import { hasLimitPerIndex, isFailed, isIndexed, isSuspended, judgeFailure, metSuccessRule } from './policies.ts'

/** A Job as we find it. */
export interface ObservedJob {
  job: Job
  pods: readonly PodInfo[]
  active: readonly PodInfo[]
  terminating: readonly PodInfo[]
  /** Ended, held by the finalizer, and not counted yet. */
  newSucceeded: readonly PodInfo[]
  newFailed: readonly PodInfo[]
  succeeded: number
  failed: number
  /** Indexes that were done before, and are now. */
  indexesBefore: Indexes
  indexesDone: Indexes
  indexesFailed: Indexes | undefined
  /** By index: the pod that failed last, held until its index has its next one, so that the number of failures is not lost. */
  held: ReadonlyMap<number, PodInfo>
  now: number
}

/** `released` are pods whose finalizer we have taken away although our copy still has it. Pure. */
export function observe(job: Job, pods: readonly PodInfo[], released: ReadonlySet<string>, now: number): ObservedJob {
  const { status, spec } = job
  const completions = spec?.completions ?? 0
  const uncounted = status?.uncountedTerminatedPods
  const [wasSucceeded, wasFailed] = [new Set(uncounted?.succeeded), new Set(uncounted?.failed)]
  const valid = (pod: PodInfo) =>
    isTracked(pod) && !released.has(pod.uid) && (!isIndexed(job) || hasIndex(pod, completions))
  const newSucceeded = pods.filter(pod => valid(pod) && !wasSucceeded.has(pod.uid) && pod.phase === 'Succeeded')
  const newFailed = pods.filter(pod => valid(pod) && !wasFailed.has(pod.uid) && isFailed(pod, job))
  const counted = newFailed.filter(pod => judgeFailure(job, pod).counts).length
  const active = pods.filter(isActive)
  const observed: ObservedJob = {
    job,
    pods,
    active,
    terminating: pods.filter(isTerminating),
    newSucceeded,
    newFailed,
    succeeded: (status?.succeeded ?? 0) + newSucceeded.length + wasSucceeded.size,
    failed: (status?.failed ?? 0) + counted + wasFailed.size,
    indexesBefore: new Indexes(),
    indexesDone: new Indexes(),
    indexesFailed: undefined,
    held: new Map(),
    now,
  }
  if (!isIndexed(job)) return observed
  observed.indexesBefore = Indexes.parse(status?.completedIndexes, completions)
  const own = pods.filter(pod => isTracked(pod) && hasIndex(pod, completions))
  observed.indexesDone = observed.indexesBefore.with(own.filter(({ phase }) => phase === 'Succeeded').map(indexOf))
  observed.succeeded = observed.indexesDone.size
  if (!hasLimitPerIndex(job)) return observed
  observed.indexesFailed = Indexes.parse(status?.failedIndexes, completions).with(
    own.filter(pod => failsIndex(job, pod)).map(indexOf),
  )
  observed.held = heldPods(
    observed,
    own.filter(pod => !released.has(pod.uid) && isFailed(pod, job)),
  )
  return observed
}

export const indexOf = (pod: PodInfo) => pod.job?.index ?? -1
export const isTracked = (pod: PodInfo) => pod.job?.tracked === true || pod.controller === undefined
export const hasIndex = (pod: PodInfo, completions: number) => indexOf(pod) >= 0 && indexOf(pod) < completions

function failsIndex(job: Job, pod: PodInfo): boolean {
  if (!isFailed(pod, job)) return false
  const { action, counts } = judgeFailure(job, pod)
  if (action === 'FailIndex') return true
  return counts && (pod.job?.failures ?? 0) >= (job.spec?.backoffLimitPerIndex ?? 0)
}

function heldPods(observed: ObservedJob, failed: readonly PodInfo[]): Map<number, PodInfo> {
  const busy = new Indexes(observed.active.map(indexOf))
  const held = new Map<number, PodInfo>()
  const failures = (pod: PodInfo) => (pod.job?.failures ?? 0) + (pod.job?.ignoredFailures ?? 0)
  for (const pod of failed) {
    const index = indexOf(pod)
    if (observed.indexesDone.has(index) || observed.indexesFailed?.has(index) || busy.has(index)) continue
    const known = held.get(index)
    const later = (pod.job?.finishedAt ?? 0) >= (known?.job?.finishedAt ?? 0)
    if (known === undefined || (failures(known) <= failures(pod) && later)) held.set(index, pod)
  }
  return held
}

/** Why the Job ends, if it does: the condition that says that it will. Pure. */
export function verdict(observed: ObservedJob): Condition | undefined {
  const { job, pods, failed, indexesDone, indexesFailed, now } = observed
  const { spec, status } = job
  const success = trueCondition(status, 'SuccessCriteriaMet')
  if (success !== undefined) return success
  const decided = trueCondition(status, 'FailureTarget')
  if (decided !== undefined) return condition('Failed', 'True', decided.reason ?? '', decided.message ?? '', now)
  const failure = (reason: string, message: string) => condition('FailureTarget', 'True', reason, message, now)
  for (const pod of pods) {
    const message = isFailed(pod, job) ? judgeFailure(job, pod).failsJob : undefined
    if (message !== undefined) return failure('PodFailurePolicy', message)
  }
  if (failed > (spec?.backoffLimit ?? 6) || restartsTooOften(observed))
    return failure('BackoffLimitExceeded', 'Job has reached the specified backoff limit')
  const left = deadlineLeft(job, now)
  if (left !== undefined && left <= 0)
    return failure('DeadlineExceeded', 'Job was active longer than specified deadline')
  if (!isIndexed(job)) return undefined
  if (indexesFailed !== undefined) {
    if (spec?.maxFailedIndexes !== undefined && indexesFailed.size > spec.maxFailedIndexes)
      return failure('MaxFailedIndexesExceeded', 'Job has exceeded the specified maximal number of failed indexes')
    if (indexesFailed.size > 0 && indexesFailed.size + indexesDone.size >= (spec?.completions ?? 0))
      return failure('FailedIndexes', 'Job has failed indexes')
  }
  const rule = metSuccessRule(job, indexesDone)
  return rule === undefined ? undefined : condition('SuccessCriteriaMet', 'True', 'SuccessPolicy', rule, now)
}

/** Containers that are restarted in place count as failures do. */
function restartsTooOften({ job, pods }: ObservedJob): boolean {
  if (job.spec?.template?.spec?.restartPolicy !== 'OnFailure') return false
  const limit = job.spec.backoffLimit ?? 6
  let restarts = 0
  for (const pod of pods) if (pod.phase === 'Running' || pod.phase === 'Pending') restarts += pod.job?.restarts ?? 0
  return limit === 0 ? restarts > 0 : restarts >= limit
}

/** Milliseconds until the Job has been active for too long; nothing when it has no deadline, or does not run. */
export function deadlineLeft(job: Job, now: number): number | undefined {
  const { spec, status } = job
  if (spec?.activeDeadlineSeconds === undefined || !status?.startTime || isSuspended(job)) return undefined
  return Date.parse(status.startTime) + spec.activeDeadlineSeconds * 1_000 - now
}
