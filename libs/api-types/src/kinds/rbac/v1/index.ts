import { entries } from '../../entries.ts'
import { clusterRole } from './cluster-role/index.ts'
import { clusterRoleBinding } from './cluster-role-binding/index.ts'
import { role } from './role/index.ts'
import { roleBinding } from './role-binding/index.ts'

/** `rbac.authorization.k8s.io/v1`. */
export const rbacV1 = entries([role, roleBinding, clusterRole, clusterRoleBinding])
