import { entries } from '../../entries.ts'

/** `admissionregistration.k8s.io/v1`. */
export const admissionregistrationV1 = entries([])
