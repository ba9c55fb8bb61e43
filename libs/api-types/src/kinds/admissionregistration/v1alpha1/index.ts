import { entries } from '../../entries.ts'

/** `admissionregistration.k8s.io/v1alpha1`. */
export const admissionregistrationV1alpha1 = entries([])
