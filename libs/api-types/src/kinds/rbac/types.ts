import type * as k8s from '@kubernetes/client-node'
import type { Wire } from '../../wire.ts'

export type Role = Wire<k8s.V1Role>
export type RoleBinding = Wire<k8s.V1RoleBinding>
export type ClusterRole = Wire<k8s.V1ClusterRole>
export type ClusterRoleBinding = Wire<k8s.V1ClusterRoleBinding>
export type PolicyRule = Wire<k8s.V1PolicyRule>
