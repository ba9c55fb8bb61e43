import type * as k8s from '@kubernetes/client-node'
import type { Wire } from '../../wire.ts'

export type Job = Wire<k8s.V1Job>
export type JobSpec = Wire<k8s.V1JobSpec>
export type JobStatus = Wire<k8s.V1JobStatus>
export type JobTemplateSpec = Wire<k8s.V1JobTemplateSpec>
export type CronJob = Wire<k8s.V1CronJob>
export type CronJobSpec = Wire<k8s.V1CronJobSpec>
