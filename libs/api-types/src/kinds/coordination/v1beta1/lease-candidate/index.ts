import { age, ageColumn, column, defineKind, nameColumn } from '../../../define-kind.ts'
import type { LeaseCandidate } from '../../types.ts'
import { strategy } from './strategy.ts'

export const leaseCandidate = defineKind<LeaseCandidate>({
  group: 'coordination.k8s.io',
  version: 'v1beta1',
  kind: 'LeaseCandidate',
  resource: 'leasecandidates',
  deprecation: 'coordination.k8s.io/v1beta1 LeaseCandidate is deprecated in v1.36+, unavailable in v1.39+',
  strategy,
  columns: [
    nameColumn,
    column('LeaseName', 'The lease that it wants.'),
    column('BinaryVersion', 'The version that it is.'),
    column('EmulationVersion', 'The version that it behaves as.'),
    ageColumn,
  ],
  cells: (object, now) => [
    object.metadata?.name ?? '',
    object.spec?.leaseName ?? '',
    object.spec?.binaryVersion ?? '',
    object.spec?.emulationVersion ?? '',
    age(object, now),
  ],
})
