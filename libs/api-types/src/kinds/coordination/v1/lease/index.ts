import type { Lease } from '../../../../wire.ts'
import { age, ageColumn, column, defineKind, nameColumn } from '../../../define-kind.ts'
import { strategy } from './strategy.ts'

export const lease = defineKind<Lease>({
  group: 'coordination.k8s.io',
  version: 'v1',
  kind: 'Lease',
  resource: 'leases',
  strategy,
  columns: [nameColumn, column('Holder', 'Who holds the lease.'), ageColumn],
  cells: (object, now) => [object.metadata?.name ?? '', object.spec?.holderIdentity ?? '', age(object, now)],
})
