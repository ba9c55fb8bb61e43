import { entries } from '../../entries.ts'

/** `resource.k8s.io/v1alpha3`. */
export const resourceV1alpha3 = entries([])
