import { entries } from '../../entries.ts'

/** `resource.k8s.io/v1beta2`. */
export const resourceV1beta2 = entries([])
