import { servedAs } from '../../define-kind.ts'
import { entries } from '../../entries.ts'
import { leaseCandidate } from '../v1beta1/lease-candidate/index.ts'

/** `coordination.k8s.io/v1alpha2`. */
export const coordinationV1alpha2 = entries([
  servedAs(leaseCandidate, 'v1alpha2', {
    deprecation: 'coordination.k8s.io/v1alpha2 LeaseCandidate is deprecated in v1.35+, unavailable in v1.38+',
  }),
])
