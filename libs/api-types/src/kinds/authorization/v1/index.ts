import { entries } from '../../entries.ts'

/** `authorization.k8s.io/v1`. */
export const authorizationV1 = entries([])
