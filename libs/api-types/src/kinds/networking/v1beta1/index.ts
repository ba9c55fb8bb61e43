import { entries } from '../../entries.ts'

/** `networking.k8s.io/v1beta1`. */
export const networkingV1beta1 = entries([])
