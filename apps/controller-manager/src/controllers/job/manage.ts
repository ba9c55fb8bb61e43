import type { Job } from '@kubets/api-types'
import { type Client, type EventRecorder, resources } from '@kubets/client'
import { podsToDelete } from '../../pods/deletion-order.ts'
import type { Expectations } from '../../pods/expectations.ts'
import { trackingFinalizer } from '../../pods/job-pod.ts'
import type { PodInfo } from '../../pods/pod-info.ts'
import { slowStart } from '../../pods/slow-start.ts'
import { podKey } from '../replica-set/reconcile.ts'
import { createReplica, deleteReplica, podFromTemplate } from '../replica-set/replicas.ts'
import { type FailureRecord, remainingPause } from './back-off.ts'
import { Indexes, pendingIndexes } from './indexes.ts'
import { indexOf, type ObservedJob } from './observe.ts'
import { hasLimitPerIndex, isIndexed, isSuspended, replacesOnlyFailed } from './policies.ts'
import { indexedNamePrefix, indexedTemplate, trackedTemplate } from './template.ts'

/** Pods made or deleted in one go. */
const burst = 500

export interface ManageDeps {
  client: Pick<Client, 'create' | 'patch' | 'delete'>
  events: EventRecorder
  expectations: Expectations
  signal: AbortSignal
}

/** What became of the pods. */
export interface Managed {
  created: number
  deleted: readonly PodInfo[]
  error?: unknown
  /** Milliseconds until pods may be made again. */
  wait?: number
}

/** Brings the number of active pods to what the Job wants now. */
export async function manage(
  deps: ManageDeps,
  key: string,
  observed: ObservedJob,
  record: FailureRecord,
): Promise<Managed> {
  const { job, active, now } = observed
  const wanted = wantedActive(observed)
  const surplus = surplusPods(observed, Math.max(0, active.length - wanted))
  // a suspended Job gets rid of all at once
  const chosen = isSuspended(job) ? surplus : surplus.slice(0, burst)
  if (chosen.length > 0 || isSuspended(job)) {
    if (chosen.length === 0) return { created: 0, deleted: [] }
    deps.expectations.expectDeletions(key, chosen.map(podKey))
    return { created: 0, ...(await deleteUncounted(deps, key, job, chosen)) }
  }
  const leaving = replacesOnlyFailed(job) ? observed.terminating.length : 0
  const missing = Math.min(wanted - leaving - active.length, burst)
  if (missing <= 0) return { created: 0, deleted: [] }
  if (!hasLimitPerIndex(job)) {
    const wait = remainingPause(record, now)
    if (wait > 0) return { created: 0, deleted: [], wait }
  }
  if (!isIndexed(job)) {
    const pod = podFromTemplate(trackedTemplate(job), job, 'batch/v1', 'Job')
    return createAll(
      deps,
      key,
      job,
      Array.from({ length: missing }, () => pod),
    )
  }
  const { indexes, wait } = nextIndexes(observed, missing)
  if (indexes.length === 0) return { created: 0, deleted: [], ...(wait === undefined ? {} : { wait }) }
  const pods = indexes.map(index => {
    const pod = podFromTemplate(indexedTemplate(job, index, observed.held.get(index)), job, 'batch/v1', 'Job')
    return { ...pod, metadata: { ...pod.metadata, generateName: indexedNamePrefix(job, index) } }
  })
  return createAll(deps, key, job, pods)
}

/** How many pods should be active. Pure. */
export function wantedActive({ job, active, succeeded }: ObservedJob): number {
  if (isSuspended(job)) return 0
  const { completions, parallelism = 1 } = job.spec ?? {}
  // a work queue: once one has succeeded the others end by themselves
  if (completions === undefined) return succeeded > 0 ? active.length : parallelism
  return Math.max(0, Math.min(completions - succeeded, parallelism))
}

/** The indexes that get a pod now, or how long the first of those that wait has to. Pure. */
export function nextIndexes(observed: ObservedJob, count: number): { indexes: number[]; wait?: number } {
  const { job, active, terminating, indexesDone, indexesFailed, held, now } = observed
  const taken = [indexesDone, new Indexes(active.map(indexOf)), indexesFailed ?? new Indexes()]
  if (replacesOnlyFailed(job)) taken.push(new Indexes(terminating.map(indexOf)))
  const pending = pendingIndexes(count, job.spec?.completions ?? 0, taken)
  if (!hasLimitPerIndex(job)) return { indexes: pending }
  const pause = (index: number) => {
    const last = held.get(index)?.job
    if (last === undefined) return 0
    return remainingPause({ failures: last.failures + last.ignoredFailures + 1, lastFailure: last.finishedAt }, now)
  }
  const indexes = pending.filter(index => pause(index) === 0)
  if (indexes.length > 0 || pending.length === 0) return { indexes }
  return { indexes, wait: Math.min(...pending.map(pause)) }
}

/** Pods that go: those of an index twice or beyond the last, and as many more as are too many. Pure. */
export function surplusPods({ job, active, now }: ObservedJob, atLeast: number): PodInfo[] {
  const cheapest = (pods: readonly PodInfo[], count: number) => podsToDelete(pods, [], count, now)
  if (!isIndexed(job)) return cheapest(active, atLeast)
  const completions = job.spec?.completions ?? 0
  const remove: PodInfo[] = []
  const keep: PodInfo[] = []
  for (const [index, pods] of Map.groupBy(active, indexOf)) {
    if (index < 0 || index >= completions) remove.push(...pods)
    else {
      const extra = cheapest(pods, pods.length - 1)
      remove.push(...extra)
      keep.push(...pods.filter(pod => !extra.includes(pod)))
    }
  }
  return [...remove, ...cheapest(keep, Math.max(0, atLeast - remove.length))]
}

async function createAll(
  { client, events, expectations, signal }: ManageDeps,
  key: string,
  job: Job,
  pods: readonly ReturnType<typeof podFromTemplate>[],
): Promise<Managed> {
  expectations.expectCreations(key, pods.length)
  let next = 0
  const { succeeded, error } = await slowStart(pods.length, () =>
    createReplica(client, events, job, pods[next++] as (typeof pods)[number], signal),
  )
  for (let i = succeeded; i < pods.length; i++) expectations.creationObserved(key)
  return { created: succeeded, deleted: [], ...(error === undefined ? {} : { error }) }
}

/** Deletes pods whose end need not be counted: nothing holds them. */
async function deleteUncounted(
  deps: ManageDeps,
  key: string,
  job: Job,
  pods: readonly PodInfo[],
): Promise<Pick<Managed, 'deleted' | 'error'>> {
  return deleteAll(pods, async pod => {
    try {
      await removeFinalizer(deps, pod)
      if (await deleteReplica(deps.client, deps.events, job, pod, deps.signal)) return
      deps.expectations.deletionObserved(key, podKey(pod))
    } catch (error) {
      deps.expectations.deletionObserved(key, podKey(pod))
      throw error
    }
  })
}

/** Deletes the active pods of a Job that has ended; their ends are counted. */
export function deleteActive(
  deps: ManageDeps,
  { job, active }: ObservedJob,
): Promise<Pick<Managed, 'deleted' | 'error'>> {
  return deleteAll(active, async pod => {
    await deleteReplica(deps.client, deps.events, job, pod, deps.signal)
  })
}

async function deleteAll(
  pods: readonly PodInfo[],
  one: (pod: PodInfo) => Promise<void>,
): Promise<Pick<Managed, 'deleted' | 'error'>> {
  const ends = await Promise.allSettled(pods.map(one))
  const failed = ends.find(end => end.status === 'rejected')
  const deleted = pods.filter((_, i) => ends[i]?.status === 'fulfilled')
  return { deleted, ...(failed === undefined ? {} : { error: failed.reason }) }
}

export async function removeFinalizer(
  { client, signal }: Pick<ManageDeps, 'client' | 'signal'>,
  pod: PodInfo,
): Promise<void> {
  if (pod.job?.tracked === false) return
  const body = { metadata: { '$deleteFromPrimitiveList/finalizers': [trackingFinalizer] } }
  await client.patch(resources.pods, { namespace: pod.namespace, name: pod.name }, 'strategic', body, { signal })
}
