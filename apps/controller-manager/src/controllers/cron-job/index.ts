import type { CronJob, Job } from '@kubets/api-types'
import { cacheKey, resources } from '@kubets/client'
import { controllerEvents, controllerQueue, splitKey } from '../../context.ts'
import { jobInformer } from '../../informers/jobs.ts'
import type { InformerDefinition } from '../../informers/shared-informer.ts'
import { controllerOf } from '../../owners.ts'
import type { ControllerDescriptor } from '../controller.ts'
import { reconcile } from './reconcile.ts'

const cronJobInformer: InformerDefinition<CronJob, CronJob> = {
  ref: resources.cronJobs,
  project: object => ({ ...object, apiVersion: 'batch/v1', kind: 'CronJob' }),
}

/** Makes a Job of each CronJob's template at the times of its schedule, and keeps a few that have ended. */
export const cronJobController: ControllerDescriptor = {
  name: 'cronjob-controller',
  alias: 'cronjob',
  account: 'cronjob-controller',
  needs: [resources.cronJobs, resources.jobs],
  start(context) {
    const { client, clock } = context
    const cronJobs = context.informers.of(cronJobInformer)
    const jobs = context.informers.of(jobInformer)
    const events = controllerEvents(context, 'cronjob-controller')
    const queue = controllerQueue(context, {
      name: 'cronjob',
      concurrency: context.configuration.concurrency.cronJob,
      after: [cronJobs, jobs],
      async process(key, signal) {
        const cronJob = cronJobs.lister.get(splitKey(key))
        if (cronJob === undefined) return undefined
        const own = jobs.lister.byIndex('controller', cronJob.metadata?.uid ?? '')
        return reconcile({ client, events, clock, signal }, cronJob, own)
      },
    })
    const enqueue = ({ metadata }: CronJob) =>
      queue.add(cacheKey({ namespace: metadata?.namespace ?? '', name: metadata?.name ?? '' }))
    const enqueueOwner = (job: Job) => {
      const owner = controllerOf(job)
      if (owner?.kind !== 'CronJob') return
      const cronJob = cronJobs.lister.get({ namespace: job.metadata?.namespace ?? '', name: owner.name })
      if (cronJob?.metadata?.uid === owner.uid) enqueue(cronJob)
    }
    cronJobs.subscribe({ added: enqueue, updated: enqueue, deleted: enqueue })
    jobs.subscribe({
      added: enqueueOwner,
      updated(job, old) {
        if (controllerOf(job)?.uid !== controllerOf(old)?.uid) enqueueOwner(old)
        enqueueOwner(job)
      },
      deleted: enqueueOwner,
    })
  },
}
