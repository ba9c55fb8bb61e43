import { entries } from '../../entries.ts'

/** `authentication.k8s.io/v1alpha1`. */
export const authenticationV1alpha1 = entries([])
