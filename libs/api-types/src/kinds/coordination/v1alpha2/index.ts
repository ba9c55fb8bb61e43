import { servedAs } from '../../define-kind.ts'
import { deprecated, entries } from '../../entries.ts'
import { leaseCandidate } from '../v1beta1/lease-candidate/index.ts'

/** `coordination.k8s.io/v1alpha2`. */
export const coordinationV1alpha2 = deprecated(entries([servedAs(leaseCandidate, 'v1alpha2')]), 'v1.35', 'v1.38')
