import type * as k8s from '@kubernetes/client-node'
import type { Wire } from '../../wire.ts'

export type PodDisruptionBudget = Wire<k8s.V1PodDisruptionBudget>
export type PodDisruptionBudgetSpec = Wire<k8s.V1PodDisruptionBudgetSpec>
export type PodDisruptionBudgetStatus = Wire<k8s.V1PodDisruptionBudgetStatus>
