import type { Job, JobStatus } from '@kubets/api-types'
import { formatTime, isNotFound, labelSelectorOf } from '@kubets/apimachinery'
import { type Client, type EventRecorder, type Lister, type Outcome, resources } from '@kubets/client'
import type { Clock } from '@kubets/component'
import { claim } from '../../claim.ts'
import type { Expectations } from '../../pods/expectations.ts'
import { trackingFinalizer } from '../../pods/job-pod.ts'
import { orphansOf, type PodInfo } from '../../pods/pod-info.ts'
import { afterEnds, type FailureRecord } from './back-off.ts'
import { type Condition, condition, ensureCondition, isFinished, trueCondition } from './conditions.ts'
import { deleteActive, type Managed, manage, removeFinalizer } from './manage.ts'
import { deadlineLeft, hasIndex, indexOf, isTracked, type ObservedJob, observe, verdict } from './observe.ts'
import { hasLimitPerIndex, isFailed, isIndexed, isSuspended, judgeFailure } from './policies.ts'

export interface JobDeps {
  client: Pick<Client, 'get' | 'create' | 'update' | 'patch' | 'delete'>
  events: EventRecorder
  expectations: Expectations
  pods: Lister<PodInfo>
  /** Uids of pods whose finalizer was taken away, until that is seen. By the Job's key. */
  released: Map<string, Set<string>>
  failures: Map<string, FailureRecord>
  /** Revision of our last status by the Job's key: an older copy would count what is counted already a second time. */
  written: Map<string, string>
  /** Uids of Jobs that we have marked as finished, until that is seen. */
  finished: Set<string>
  clock: Clock
  signal: AbortSignal
}

/** Ends that stand in the status at once; more than that are counted in the next look. */
const maxUncounted = 500

/** Brings a Job one step further: pods are made or deleted, ends are counted, and the Job ends when all is counted. */
export async function reconcile(deps: JobDeps, key: string, stored: Job): Promise<Outcome> {
  const { client, pods, clock, signal, expectations } = deps
  const { uid = '', namespace = '' } = stored.metadata ?? {}
  const seen = BigInt(stored.metadata?.resourceVersion ?? 0)
  // the event that shows our write is on its way, and brings us here again
  if (seen < BigInt(deps.written.get(key) ?? 0)) return undefined
  if (isFinished(stored.status)) {
    deps.failures.delete(key)
    deps.written.delete(key)
    deps.released.delete(key)
    deps.finished.delete(uid)
    return undefined
  }
  if (deps.finished.has(uid)) return undefined
  const mayAct = expectations.satisfied(key)
  const mine = await claim(
    {
      client,
      owner: stored,
      ownerRef: resources.jobs,
      apiVersion: 'batch/v1',
      ref: resources.pods,
      selector: labelSelectorOf(stored.spec?.selector),
      finalizer: trackingFinalizer,
      signal,
    },
    [...pods.byIndex('controller', uid), ...pods.byIndex('controller', orphansOf(namespace))],
  )
  const now = clock.now()
  const observed = observe(stored, mine, deps.released.get(key) ?? new Set(), now)
  const status: JobStatus = { ...stored.status }
  if (!status.startTime && !isSuspended(stored)) status.startTime = formatTime(now)
  const record = afterEnds(
    deps.failures.get(key) ?? { failures: 0, lastFailure: 0 },
    observed.newSucceeded,
    observed.newFailed,
  )
  const started = { ...observed, job: { ...stored, status } }
  let finished = verdict(started)
  const outcome: { wait?: number } = {}
  let managed: Managed = { created: 0, deleted: [] }
  let changed = false
  if (finished !== undefined) {
    managed = { created: 0, ...(await deleteActive(deps, observed)) }
    // as long as pods may be there that we do not see, the end is not written down
    if (managed.deleted.length !== observed.active.length || !mayAct) finished = undefined
  } else {
    const manages = mayAct && !stored.metadata?.deletionTimestamp
    if (manages) managed = await manage(deps, key, started, record)
    if (managed.wait !== undefined) outcome.wait = managed.wait
    if (isComplete(observed, managed))
      finished = condition(
        'SuccessCriteriaMet',
        'True',
        'CompletionsReached',
        'Reached expected number of succeeded pods',
        now,
      )
    else if (manages) changed = noteSuspension(deps, stored, status, now)
  }
  const left = deadlineLeft({ ...stored, status }, now)
  if (finished === undefined && left !== undefined && left > 0) outcome.wait = Math.min(outcome.wait ?? left, left)

  status.active = activeAfter(observed, managed)
  status.ready = observed.active.filter(pod => pod.ready && !managed.deleted.includes(pod)).length
  status.terminating = observed.terminating.length + managed.deleted.length
  changed ||= (['active', 'ready', 'terminating'] as const).some(
    name => (stored.status?.[name] ?? 0) !== status[name] || stored.status?.[name] === undefined,
  )
  await countEnds(deps, key, { ...observed, job: { ...stored, status } }, finished, changed, record)
  if (managed.error !== undefined) throw managed.error
  return outcome.wait === undefined ? undefined : { requeueAfter: outcome.wait }
}

function activeAfter({ active }: ObservedJob, { created, deleted, wait }: Managed): number {
  // as upstream: while the next pod has to wait none counts as active
  return wait === undefined ? active.length + created - deleted.length : 0
}

function isComplete(observed: ObservedJob, managed: Managed): boolean {
  if (activeAfter(observed, managed) !== 0) return false
  const { completions } = observed.job.spec ?? {}
  return completions === undefined ? observed.succeeded > 0 : observed.succeeded >= completions
}

/** Says when a Job is suspended and resumed; the deadline's clock starts anew. */
function noteSuspension({ events }: JobDeps, job: Job, status: JobStatus, now: number): boolean {
  const suspended = isSuspended(job)
  const noted = suspended
    ? condition('Suspended', 'True', 'JobSuspended', 'Job suspended', now)
    : condition('Suspended', 'False', 'JobResumed', 'Job resumed', now)
  const conditions = ensureCondition(status, noted)
  if (conditions === undefined) return false
  status.conditions = conditions
  if (suspended) delete status.startTime
  else status.startTime = formatTime(now)
  events.event(job, 'Normal', suspended ? 'Suspended' : 'Resumed', noted.message ?? '')
  return true
}

/**
 * Counts pods that have ended, each exactly once, whatever crashes in between: first their uids are written into the status, then the
 * finalizers go, and then the numbers take the place of the uids.
 */
async function countEnds(
  deps: JobDeps,
  key: string,
  observed: ObservedJob,
  finishing: Condition | undefined,
  changedBefore: boolean,
  record: FailureRecord,
): Promise<void> {
  const { job, pods, now } = observed
  const released = deps.released.get(key) ?? new Set<string>()
  const tracked = new Set(pods.filter(pod => isTracked(pod) && !released.has(pod.uid)).map(({ uid }) => uid))
  const status: JobStatus = { ...job.status }
  const uncounted = {
    succeeded: [...(status.uncountedTerminatedPods?.succeeded ?? [])],
    failed: [...(status.uncountedTerminatedPods?.failed ?? [])],
  }
  let changed = settle(status, uncounted, tracked) || changedBefore
  const ended = collectEnds(observed, uncounted, tracked, finishing)
  changed ||= ended.changed
  if (isIndexed(job)) {
    const done = observed.indexesDone.with(ended.indexes)
    changed ||= done.toString() !== (status.completedIndexes ?? '')
    status.succeeded = done.size
    if (done.size > 0) status.completedIndexes = done.toString()
    if (observed.indexesFailed !== undefined) {
      const failed = observed.indexesFailed.toString()
      changed ||= failed !== status.failedIndexes
      status.failedIndexes = failed
    }
  }
  let final = finishing
  if (final?.type === 'FailureTarget') {
    status.conditions = [...(status.conditions ?? []), final]
    changed = true
    final = condition('Failed', 'True', final.reason ?? '', final.message ?? '', now)
  } else if (final?.type === 'SuccessCriteriaMet') {
    if (trueCondition(status, 'SuccessCriteriaMet') === undefined) {
      status.conditions = [...(status.conditions ?? []), final]
      changed = true
    }
    final = condition('Complete', 'True', final.reason ?? '', final.message ?? '', now)
  }
  let current = job
  const flush = async () => {
    current = await write(deps, key, current, { ...status, uncountedTerminatedPods: uncounted })
    changed = false
  }
  if (changed) {
    await flush()
    deps.failures.set(key, record)
  }
  const failure = await release(deps, key, ended.pods, tracked)
  changed = settle(status, uncounted, tracked)
  const mayEnd = !ended.more && uncounted.succeeded.length + uncounted.failed.length === 0
  if (failure === undefined && final !== undefined && mayEnd && (status.terminating ?? 0) === 0) {
    status.conditions = ensureCondition(status, final) ?? status.conditions ?? []
    if (final.type === 'Complete' && final.lastTransitionTime) status.completionTime = final.lastTransitionTime
    await flush()
    deps.finished.add(job.metadata?.uid ?? '')
    report(deps, current, final)
    return
  }
  if (changed) await flush()
  if (failure !== undefined) throw failure
}

interface Uncounted {
  succeeded: string[]
  failed: string[]
}

/** What has no finalizer any more becomes a number. */
function settle(status: JobStatus, uncounted: Uncounted, tracked: ReadonlySet<string>): boolean {
  let changed = false
  for (const name of ['succeeded', 'failed'] as const) {
    const left = uncounted[name].filter(uid => tracked.has(uid))
    const gone = uncounted[name].length - left.length
    if (gone === 0) continue
    status[name] = (status[name] ?? 0) + gone
    uncounted[name] = left
    changed = true
  }
  return changed
}

/** The pods whose end is counted now; their uids are put where they wait. */
function collectEnds(
  observed: ObservedJob,
  uncounted: Uncounted,
  tracked: ReadonlySet<string>,
  finishing: Condition | undefined,
): { pods: PodInfo[]; indexes: number[]; changed: boolean; more: boolean } {
  const { job } = observed
  const completions = job.spec?.completions ?? 0
  const indexed = isIndexed(job)
  const [wasSucceeded, wasFailed] = [new Set(uncounted.succeeded), new Set(uncounted.failed)]
  const ended = { pods: [] as PodInfo[], indexes: [] as number[], changed: false, more: false }
  const sorted = indexed ? [...observed.pods].sort((a, b) => indexOf(a) - indexOf(b)) : observed.pods
  const failing = finishing !== undefined && finishing.type !== 'SuccessCriteriaMet'
  for (const pod of sorted) {
    if (!tracked.has(pod.uid)) continue
    const failed = isFailed(pod, job)
    const goes = job.metadata?.deletionTimestamp || finishing !== undefined || pod.phase === 'Succeeded'
    if (!goes && (!failed || (hasLimitPerIndex(job) && observed.held.get(indexOf(pod))?.uid === pod.uid))) continue
    ended.pods.push(pod)
    if (pod.phase === 'Succeeded' && !wasFailed.has(pod.uid)) {
      if (indexed) {
        if (hasIndex(pod, completions) && !observed.indexesBefore.has(indexOf(pod))) {
          ended.indexes.push(indexOf(pod))
          ended.changed = true
        }
      } else if (!wasSucceeded.has(pod.uid)) {
        uncounted.succeeded.push(pod.uid)
        ended.changed = true
      }
    } else if ((failed || failing) && !wasFailed.has(pod.uid) && (!indexed || hasIndex(pod, completions))) {
      if (judgeFailure(job, pod).counts) {
        uncounted.failed.push(pod.uid)
        ended.changed = true
      }
    }
    if (ended.indexes.length + uncounted.succeeded.length + uncounted.failed.length >= maxUncounted) {
      ended.more = true
      break
    }
  }
  return ended
}

/** Takes the finalizers away; what is gone, or free, leaves `tracked`. */
async function release(deps: JobDeps, key: string, pods: readonly PodInfo[], tracked: Set<string>): Promise<unknown> {
  if (pods.length === 0) return undefined
  const released = deps.released.get(key) ?? new Set<string>()
  deps.released.set(key, released)
  for (const { uid } of pods) released.add(uid)
  const ends = await Promise.allSettled(
    pods.map(async pod => {
      try {
        await removeFinalizer(deps, pod)
      } catch (error) {
        released.delete(pod.uid)
        if (!isNotFound(error)) throw error
      }
      tracked.delete(pod.uid)
    }),
  )
  return ends.find(end => end.status === 'rejected')?.reason
}

async function write({ client, written, signal }: JobDeps, key: string, job: Job, status: JobStatus): Promise<Job> {
  const next = { ...job, status }
  const stored = await client.update<Job>(resources.jobs, next, { subresource: 'status', signal })
  written.set(key, stored.metadata?.resourceVersion ?? '0')
  return { ...stored, apiVersion: 'batch/v1', kind: 'Job' }
}

function report({ events }: JobDeps, job: Job, final: Condition): void {
  if (final.type !== 'Complete') {
    events.event(job, 'Warning', final.reason ?? '', final.message ?? '')
    return
  }
  const { completions } = job.spec ?? {}
  if (completions !== undefined && (job.status?.succeeded ?? 0) > completions) {
    const message = 'Too many succeeded pods running after completion count reached'
    events.event(job, 'Warning', 'TooManySucceededPods', message)
  }
  events.event(job, 'Normal', 'Completed', 'Job completed')
}
