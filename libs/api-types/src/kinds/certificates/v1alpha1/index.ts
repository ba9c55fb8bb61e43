import { entries } from '../../entries.ts'

/** `certificates.k8s.io/v1alpha1`. */
export const certificatesV1alpha1 = entries([])
