import { entries } from '../../entries.ts'

/** `coordination.k8s.io/v1alpha2`. */
export const coordinationV1alpha2 = entries([])
