import type * as k8s from '@kubernetes/client-node'
import type { Wire } from '../../wire.ts'

export type FlowSchema = Wire<k8s.V1FlowSchema>
export type PriorityLevelConfiguration = Wire<k8s.V1PriorityLevelConfiguration>
