import type { Job } from '@kubets/api-types'
import { resources } from '@kubets/client'
import { controllerOf } from '../owners.ts'
import type { InformerDefinition } from './shared-informer.ts'

/** Whole, since their status is written back; found by namespace and by the uid of the CronJob that controls them. */
export const jobInformer: InformerDefinition<Job, Job> = {
  ref: resources.jobs,
  project: object => ({ ...object, apiVersion: 'batch/v1', kind: 'Job' }),
  indexes: {
    namespace: object => object.metadata?.namespace ?? '',
    controller: object => controllerOf(object)?.uid,
  },
}
