import type { CronJob, Job } from '@kubets/api-types'
import { formatTime, isAlreadyExists, isNotFound, semanticEqual } from '@kubets/apimachinery'
import { type Client, type EventRecorder, type Outcome, resources } from '@kubets/client'
import type { Clock } from '@kubets/component'
import { isNamespaceTerminating } from '../../namespace-terminating.ts'
import { controllerOf, controllerReference } from '../../owners.ts'
import { isFinished, trueCondition } from '../job/conditions.ts'
import { whatIsDue } from './due.ts'
import { formatLocal, localClock } from './local-clock.ts'
import { parseSchedule, type Schedule } from './schedule.ts'

export interface CronJobDeps {
  client: Pick<Client, 'get' | 'create' | 'update' | 'delete'>
  events: EventRecorder
  clock: Clock
  signal: AbortSignal
}

type Active = NonNullable<NonNullable<CronJob['status']>['active']>

/** One look at a CronJob: which of its Jobs have ended, which may go, and whether one is due. */
export async function reconcile(deps: CronJobDeps, stored: CronJob, jobs: readonly Job[]): Promise<Outcome> {
  const { client, signal } = deps
  const cronJob: CronJob = { ...stored, status: { ...stored.status, active: [...(stored.status?.active ?? [])] } }
  let outcome: Outcome
  let failure: unknown
  try {
    await noteJobs(deps, cronJob, jobs)
    outcome = await startDue(deps, cronJob)
  } catch (error) {
    failure = error
  }
  await cleanUp(deps, cronJob, jobs)
  if (!semanticEqual(stored.status, cronJob.status))
    await client.update<CronJob>(resources.cronJobs, cronJob, { subresource: 'status', signal })
  if (failure !== undefined && !isNamespaceTerminating(failure)) throw failure
  return outcome
}

const statusOf = (cronJob: CronJob) => cronJob.status as NonNullable<CronJob['status']> & { active: Active }
const has = (cronJob: CronJob, uid: string | undefined) => statusOf(cronJob).active.some(own => own.uid === uid)
const drop = (cronJob: CronJob, uid: string | undefined) => {
  const status = statusOf(cronJob)
  status.active = status.active.filter(own => own.uid !== uid)
}

async function noteJobs(deps: CronJobDeps, cronJob: CronJob, jobs: readonly Job[]): Promise<void> {
  const { client, events, signal } = deps
  const status = statusOf(cronJob)
  for (const job of jobs) {
    const { uid, name } = job.metadata ?? {}
    if (isFinished(job.status)) {
      if (has(cronJob, uid)) {
        drop(cronJob, uid)
        const condition = trueCondition(job.status, 'Complete') === undefined ? 'Failed' : 'Complete'
        events.event(cronJob, 'Normal', 'SawCompletedJob', `Saw completed job: ${name}, condition: ${condition}`)
      }
      const completed = job.status?.completionTime
      if (trueCondition(job.status, 'Complete') !== undefined && completed)
        if (!status.lastSuccessfulTime || Date.parse(completed) > Date.parse(status.lastSuccessfulTime))
          status.lastSuccessfulTime = completed
    } else if (!has(cronJob, uid)) {
      // our copy may only be old
      const { namespace = '', name: own = '' } = cronJob.metadata ?? {}
      const fresh = await client.get<CronJob>(resources.cronJobs, { namespace, name: own }, { signal })
      if (fresh.status?.active?.some(other => other.uid === uid)) continue
      const message = `Saw a job that the controller did not create or forgot: ${name}`
      events.event(cronJob, 'Warning', 'UnexpectedJob', message)
    }
  }
  const known = new Set(jobs.map(({ metadata }) => metadata?.uid))
  for (const { uid, name = '', namespace = '' } of status.active) {
    if (known.has(uid)) continue
    if ((await find(client, namespace, name, signal)) !== undefined) continue
    events.event(cronJob, 'Normal', 'MissingJob', `Active job went missing: ${name}`)
    drop(cronJob, uid)
  }
}

/** Makes the Job that is due, if one is and may be. */
async function startDue(deps: CronJobDeps, cronJob: CronJob): Promise<Outcome> {
  const { client, events, clock, signal } = deps
  const { metadata, spec } = cronJob
  const status = statusOf(cronJob)
  const schedule = scheduleOf(deps, cronJob)
  if (metadata?.deletionTimestamp || schedule === undefined || spec?.suspend) return undefined
  const now = clock.now()
  const due = whatIsDue(cronJob, schedule, now)
  const next: Outcome = due.wait === undefined ? undefined : { requeueAfter: due.wait }
  if (due.at === undefined) return next
  if (due.tooMany) {
    const message = 'too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew'
    events.event(cronJob, 'Warning', 'TooManyMissedTimes', message)
  }
  const deadline = spec?.startingDeadlineSeconds
  if (deadline !== undefined && due.at + deadline * 1_000 < now) {
    const message = `Missed scheduled time to start a job: ${new Date(due.at).toUTCString()}`
    events.event(cronJob, 'Warning', 'MissSchedule', message)
    return next
  }
  const job = jobOf(cronJob, due.at)
  const { namespace = '', name = '' } = job.metadata ?? {}
  const done = status.active.some(own => own.name === name) || Date.parse(status.lastScheduleTime ?? '') === due.at
  if (done) return next
  if (spec?.concurrencyPolicy === 'Forbid' && status.active.length > 0) {
    const message = 'Not starting job because prior execution is running and concurrency policy is Forbid'
    events.event(cronJob, 'Normal', 'JobAlreadyActive', message)
    return next
  }
  if (spec?.concurrencyPolicy === 'Replace') {
    for (const own of [...status.active]) {
      const key = { namespace, name: own.name ?? '' }
      const running = await client.get<Job>(resources.jobs, key, { signal })
      if (!(await remove(deps, cronJob, running))) throw new Error(`could not replace job ${namespace}/${own.name}`)
    }
  }
  let made: Job | undefined
  try {
    made = await client.create<Job>(resources.jobs, job, { signal })
    events.event(cronJob, 'Normal', 'SuccessfulCreate', `Created job ${name}`)
  } catch (error) {
    if (isNamespaceTerminating(error) || signal.aborted) throw error
    if (!isAlreadyExists(error)) {
      events.event(cronJob, 'Warning', 'FailedCreate', `Error creating job: ${(error as Error).message}`)
      throw error
    }
    // made by us in a look whose end was not written down, or by somebody else
    made = await client.get<Job>(resources.jobs, { namespace, name }, { signal })
    if (controllerOf(made)?.uid !== metadata?.uid || has(cronJob, made.metadata?.uid)) return undefined
  }
  status.active.push({
    apiVersion: 'batch/v1',
    kind: 'Job',
    namespace,
    name,
    ...(made.metadata?.uid === undefined ? {} : { uid: made.metadata.uid }),
    ...(made.metadata?.resourceVersion === undefined ? {} : { resourceVersion: made.metadata.resourceVersion }),
  })
  status.lastScheduleTime = formatTime(due.at)
  return whatIsDue(cronJob, schedule, now).wait === undefined ? undefined : next
}

/** Nothing when it cannot be understood, which an event says. */
function scheduleOf({ events }: CronJobDeps, cronJob: CronJob): Schedule | undefined {
  const { schedule = '', timeZone } = cronJob.spec ?? {}
  try {
    if (timeZone !== undefined) localClock(timeZone)
  } catch (error) {
    const message = `invalid timeZone: "${timeZone}": ${(error as Error).message}`
    events.event(cronJob, 'Warning', 'UnknownTimeZone', message)
    return undefined
  }
  if (schedule.includes('TZ')) {
    const message = `CRON_TZ or TZ used in schedule "${schedule}" is not officially supported, see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details`
    events.event(cronJob, 'Warning', 'UnsupportedSchedule', message)
  }
  try {
    return parseSchedule(schedule, timeZone)
  } catch (error) {
    const message = `unparseable schedule: "${schedule}" : ${(error as Error).message}`
    events.event(cronJob, 'Warning', 'UnparseableSchedule', message)
    return undefined
  }
}

/** Its name follows from the time, so that made twice it is made once. Pure. */
export function jobOf(cronJob: CronJob, at: number): Job {
  const { metadata, spec } = cronJob
  const template = spec?.jobTemplate
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: `${metadata?.name}-${Math.floor(at / 60_000)}`,
      namespace: metadata?.namespace ?? '',
      ...(template?.metadata?.labels === undefined ? {} : { labels: template.metadata.labels }),
      annotations: {
        ...template?.metadata?.annotations,
        'batch.kubernetes.io/cronjob-scheduled-timestamp': formatLocal(at, spec?.timeZone ?? 'UTC'),
      },
      ownerReferences: [controllerReference(cronJob, 'batch/v1', 'CronJob')],
    },
    ...(template?.spec === undefined ? {} : { spec: template.spec }),
  } as Job
}

/** Keeps as many ended Jobs as the limits say. */
async function cleanUp(deps: CronJobDeps, cronJob: CronJob, jobs: readonly Job[]): Promise<void> {
  const { successfulJobsHistoryLimit, failedJobsHistoryLimit } = cronJob.spec ?? {}
  for (const [type, limit] of [
    ['Complete', successfulJobsHistoryLimit],
    ['Failed', failedJobsHistoryLimit],
  ] as const) {
    if (limit === undefined) continue
    const ended = jobs.filter(job => trueCondition(job.status, type) !== undefined).sort(byStart)
    for (const job of ended.slice(0, Math.max(0, ended.length - limit))) await remove(deps, cronJob, job)
  }
}

function byStart(a: Job, b: Job): number {
  const start = ({ status }: Job) => (status?.startTime ? Date.parse(status.startTime) : Number.POSITIVE_INFINITY)
  if (start(a) !== start(b)) return start(a) < start(b) ? -1 : 1
  return (a.metadata?.name ?? '') < (b.metadata?.name ?? '') ? -1 : 1
}

async function remove({ client, events, signal }: CronJobDeps, cronJob: CronJob, job: Job): Promise<boolean> {
  const { namespace = '', name = '', uid } = job.metadata ?? {}
  try {
    await client.delete(resources.jobs, { namespace, name }, { propagationPolicy: 'Background', signal })
  } catch (error) {
    if (!signal.aborted) events.event(cronJob, 'Warning', 'FailedDelete', `Deleted job: ${(error as Error).message}`)
    return false
  }
  drop(cronJob, uid)
  events.event(cronJob, 'Normal', 'SuccessfulDelete', `Deleted job ${name}`)
  return true
}

async function find(client: Pick<Client, 'get'>, namespace: string, name: string, signal: AbortSignal) {
  try {
    return await client.get<Job>(resources.jobs, { namespace, name }, { signal })
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}
