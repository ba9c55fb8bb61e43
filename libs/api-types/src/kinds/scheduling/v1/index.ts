import { entries } from '../../entries.ts'
import { priorityClass } from './priority-class/index.ts'

/** `scheduling.k8s.io/v1`. */
export const schedulingV1 = entries([priorityClass])
