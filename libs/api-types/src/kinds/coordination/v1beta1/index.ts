import { entries } from '../../entries.ts'
import { leaseCandidate } from './lease-candidate/index.ts'

/** `coordination.k8s.io/v1beta1`. */
export const coordinationV1beta1 = entries([leaseCandidate])
