import { entries } from '../../entries.ts'

/** `scheduling.k8s.io/v1`. */
export const schedulingV1 = entries([])
