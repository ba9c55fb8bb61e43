import { entries } from '../../entries.ts'

/** `authentication.k8s.io/v1`. */
export const authenticationV1 = entries([])
