import type * as k8s from '@kubernetes/client-node'
import type { Wire } from '../../wire.ts'

export type LeaseCandidate = Wire<k8s.V1beta1LeaseCandidate>
