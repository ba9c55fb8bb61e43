import { entries } from '../../entries.ts'
import { podGroup } from './pod-group/index.ts'
import { workload } from './workload/index.ts'

/** `scheduling.k8s.io/v1alpha2`. */
export const schedulingV1alpha2 = entries([podGroup, workload])
