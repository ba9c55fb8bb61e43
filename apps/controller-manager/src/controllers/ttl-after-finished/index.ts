import type { Job } from '@kubets/api-types'
import { isNotFound } from '@kubets/apimachinery'
import { cacheKey, type Outcome, resources } from '@kubets/client'
import { type ControllerContext, controllerQueue, splitKey } from '../../context.ts'
import { jobInformer } from '../../informers/jobs.ts'
import type { ControllerDescriptor } from '../controller.ts'
import { trueCondition } from '../job/conditions.ts'

/** Deletes Jobs, and with them their pods, so many seconds after their end as they say. */
export const ttlAfterFinishedController: ControllerDescriptor = {
  name: 'ttl-after-finished-controller',
  alias: 'ttl-after-finished',
  account: 'ttl-after-finished-controller',
  needs: [resources.jobs],
  start(context) {
    const jobs = context.informers.of(jobInformer)
    const queue = controllerQueue(context, {
      name: 'ttl_jobs_to_delete',
      concurrency: context.configuration.concurrency.ttlAfterFinished,
      after: [jobs],
      async process(key, signal) {
        const job = jobs.lister.get(splitKey(key))
        return job === undefined ? undefined : reconcile(context, job, signal)
      },
    })
    const enqueue = (job: Job) => {
      if (expiresAt(job) === undefined || job.metadata?.deletionTimestamp) return
      queue.add(cacheKey({ namespace: job.metadata?.namespace ?? '', name: job.metadata?.name ?? '' }))
    }
    jobs.subscribe({ added: enqueue, updated: enqueue })
  },
}

/** Milliseconds since the epoch; nothing for a Job that has not ended, or stays. Pure. */
export function expiresAt({ spec, status }: Job): number | undefined {
  const ended = trueCondition(status, 'Complete') ?? trueCondition(status, 'Failed')
  if (ended?.lastTransitionTime === undefined || spec?.ttlSecondsAfterFinished === undefined) return undefined
  return Date.parse(ended.lastTransitionTime) + spec.ttlSecondsAfterFinished * 1_000
}

async function reconcile({ client, clock }: ControllerContext, job: Job, signal: AbortSignal): Promise<Outcome> {
  const { namespace = '', name = '' } = job.metadata ?? {}
  const at = expiresAt(job)
  if (at === undefined) return undefined
  if (at > clock.now()) return { requeueAfter: at - clock.now() }
  try {
    // its seconds may have been changed a moment ago
    const fresh = await client.get<Job>(resources.jobs, { namespace, name }, { signal })
    const now = expiresAt(fresh)
    if (now === undefined) return undefined
    if (now > clock.now()) return { requeueAfter: now - clock.now() }
    const uid = fresh.metadata?.uid ?? ''
    const options = { propagationPolicy: 'Foreground', preconditions: { uid }, signal } as const
    await client.delete(resources.jobs, { namespace, name }, options)
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
  return undefined
}
