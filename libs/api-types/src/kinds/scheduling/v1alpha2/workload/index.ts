import { defineKind } from '../../../define-kind.ts'
import type { Workload } from '../../types.ts'
import { strategy } from './strategy.ts'

export const workload = defineKind<Workload>({
  group: 'scheduling.k8s.io',
  version: 'v1alpha2',
  kind: 'Workload',
  resource: 'workloads',
  featureGate: 'GenericWorkload',
  strategy,
})
