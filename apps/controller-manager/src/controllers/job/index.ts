import type { Job } from '@kubets/api-types'
import { isNotFound, labelSelectorOf } from '@kubets/apimachinery'
import { cacheKey, resources } from '@kubets/client'
import { controllerEvents, controllerQueue, splitKey } from '../../context.ts'
import { jobInformer } from '../../informers/jobs.ts'
import { sameLabels, sameReference } from '../../owners.ts'
import { Expectations } from '../../pods/expectations.ts'
import { type PodInfo, podInformer } from '../../pods/pod-info.ts'
import type { ControllerDescriptor } from '../controller.ts'
import { podKey } from '../replica-set/reconcile.ts'
import type { FailureRecord } from './back-off.ts'
import { isFinished } from './conditions.ts'
import { removeFinalizer } from './manage.ts'
import { reconcile } from './reconcile.ts'

/** News of pods is gathered for so long: a Job of a thousand pods is not looked at a thousand times. */
const batchPeriod = 1_000
const ourName = 'kubernetes.io/job-controller'

/** Runs pods until as many have succeeded as each Job asks for, and counts every end exactly once. */
export const jobController: ControllerDescriptor = {
  name: 'job-controller',
  alias: 'job',
  account: 'job-controller',
  needs: [resources.jobs, resources.pods],
  start(context) {
    const { client, clock } = context
    const jobs = context.informers.of(jobInformer)
    const pods = context.informers.of(podInformer)
    const events = controllerEvents(context, 'job-controller')
    const expectations = new Expectations(clock)
    // each has an entry a Job that runs, or a pod of one, and loses it with them
    const released = new Map<string, Set<string>>()
    const failures = new Map<string, FailureRecord>()
    const written = new Map<string, string>()
    const finished = new Set<string>()
    const after = [jobs, pods]

    const forget = (key: string) => {
      expectations.forget(key)
      released.delete(key)
      failures.delete(key)
      written.delete(key)
    }
    const queue = controllerQueue(context, {
      name: 'job',
      concurrency: context.configuration.concurrency.job,
      after,
      async process(key, signal) {
        const job = jobs.lister.get(splitKey(key))
        if (job === undefined) {
          forget(key)
          return undefined
        }
        // Jobs that somebody else runs are his
        if ((job.spec?.managedBy ?? ourName) !== ourName) return undefined
        const memory = { expectations, released, failures, written, finished }
        return reconcile({ client, events, ...memory, pods: pods.lister, clock, signal }, key, job)
      },
    })
    /** Pods that are held for a Job that will not count them any more. */
    const orphans = controllerQueue(context, {
      name: 'job_orphan_pod',
      after,
      async process(key, signal) {
        const pod = pods.lister.get(splitKey(key))
        if (pod?.job?.tracked !== true) return undefined
        const job = ownerOf(pod)
        if (job !== undefined && (!isFinished(job.status) || (job.spec?.managedBy ?? ourName) !== ourName))
          return undefined
        await removeFinalizer({ client, signal }, pod).catch(error => {
          if (!isNotFound(error)) throw error
        })
        return undefined
      },
    })

    const ownerOf = ({ namespace, controller }: PodInfo): Job | undefined => {
      if (controller?.kind !== 'Job') return undefined
      const job = jobs.lister.get({ namespace, name: controller.name })
      return job?.metadata?.uid === controller.uid ? job : undefined
    }
    const enqueue = (job: Job) => queue.add(keyOf(job))
    const enqueueSoon = (job: Job) => queue.addAfter(keyOf(job), batchPeriod)
    const enqueueSelectors = (pod: PodInfo) => {
      for (const job of jobs.lister.byIndex('namespace', pod.namespace))
        if (labelSelectorOf(job.spec?.selector).matches(pod.labels)) enqueueSoon(job)
    }
    const freePods = ({ metadata }: Job) => {
      for (const pod of pods.lister.byIndex('controller', metadata?.uid ?? ''))
        if (pod.job?.tracked) orphans.add(podKey(pod))
    }
    jobs.subscribe({
      added(job) {
        enqueue(job)
        if (isFinished(job.status) && pods.hasSynced()) freePods(job)
      },
      updated(job, old) {
        if (job.metadata?.uid !== old.metadata?.uid) forget(keyOf(old))
        enqueue(job)
        if (isFinished(job.status)) freePods(job)
      },
      deleted(job) {
        forget(keyOf(job))
        finished.delete(job.metadata?.uid ?? '')
        enqueue(job)
        freePods(job)
      },
    })
    const deleted = (pod: PodInfo, how: 'going' | 'gone') => {
      const job = ownerOf(pod)
      if (job === undefined || isFinished(job.status)) {
        if (pod.job?.tracked && how === 'going') orphans.add(podKey(pod))
        return
      }
      expectations.deletionObserved(keyOf(job), podKey(pod))
      if (how === 'gone' || !pod.job?.tracked) released.get(keyOf(job))?.delete(pod.uid)
      enqueueSoon(job)
    }
    pods.subscribe({
      added(pod) {
        if (pod.job === undefined) return
        if (pod.deleting) return deleted(pod, 'going')
        if (pod.controller === undefined) {
          if (pod.job.tracked) orphans.add(podKey(pod))
          return enqueueSelectors(pod)
        }
        const job = ownerOf(pod)
        if (job === undefined) {
          if (pod.job.tracked) orphans.add(podKey(pod))
          return
        }
        expectations.creationObserved(keyOf(job))
        enqueueSoon(job)
      },
      updated(pod, old) {
        if (pod.job === undefined) return
        if (pod.deleting) return deleted(pod, 'going')
        const moved = !sameReference(pod.controller, old.controller)
        const former = moved ? ownerOf(old) : undefined
        if (former !== undefined) {
          released.get(keyOf(former))?.delete(pod.uid)
          enqueueSoon(former)
        }
        if (pod.controller === undefined) {
          if (pod.job.tracked && moved) orphans.add(podKey(pod))
          if (moved || !sameLabels(pod.labels, old.labels)) enqueueSelectors(pod)
          return
        }
        const job = ownerOf(pod)
        if (job === undefined) return
        if (!pod.job.tracked) released.get(keyOf(job))?.delete(pod.uid)
        enqueueSoon(job)
      },
      deleted(pod) {
        if (pod.job !== undefined) deleted(pod, 'gone')
      },
    })
  },
}

function keyOf({ metadata }: Job): string {
  return cacheKey({ namespace: metadata?.namespace ?? '', name: metadata?.name ?? '' })
}
