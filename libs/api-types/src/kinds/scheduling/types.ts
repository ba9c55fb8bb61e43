import type * as k8s from '@kubernetes/client-node'
import type { Wire } from '../../wire.ts'

export type PriorityClass = Wire<k8s.V1PriorityClass>
export type Workload = Wire<k8s.V1alpha2Workload>
export type PodGroupTemplate = Wire<k8s.V1alpha2PodGroupTemplate>
export type PodGroup = Wire<k8s.V1alpha2PodGroup>
