import { entries } from '../../entries.ts'

/** `scheduling.k8s.io/v1alpha2`. */
export const schedulingV1alpha2 = entries([])
