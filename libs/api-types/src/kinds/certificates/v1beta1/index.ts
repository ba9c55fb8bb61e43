import { entries } from '../../entries.ts'

/** `certificates.k8s.io/v1beta1`. */
export const certificatesV1beta1 = entries([])
