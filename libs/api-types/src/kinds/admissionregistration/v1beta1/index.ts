import { entries } from '../../entries.ts'

/** `admissionregistration.k8s.io/v1beta1`. */
export const admissionregistrationV1beta1 = entries([])
