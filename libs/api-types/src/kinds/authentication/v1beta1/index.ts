import { entries } from '../../entries.ts'

/** `authentication.k8s.io/v1beta1`. */
export const authenticationV1beta1 = entries([])
