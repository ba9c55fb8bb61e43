import { entries } from '../../entries.ts'

/** `apiregistration.k8s.io/v1`. */
export const apiregistrationV1 = entries([])
