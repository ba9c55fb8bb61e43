import { entries } from '../../entries.ts'

/** `certificates.k8s.io/v1`. */
export const certificatesV1 = entries([])
