import { entries } from '../../entries.ts'

/** `resource.k8s.io/v1beta1`. */
export const resourceV1beta1 = entries([])
