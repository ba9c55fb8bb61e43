import { entries } from '../../entries.ts'

/** `rbac.authorization.k8s.io/v1`. */
export const rbacV1 = entries([])
