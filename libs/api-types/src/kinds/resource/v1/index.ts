import { entries } from '../../entries.ts'

/** `resource.k8s.io/v1`. */
export const resourceV1 = entries([])
