import { entries } from '../../entries.ts'

/** `networking.k8s.io/v1`. */
export const networkingV1 = entries([])
