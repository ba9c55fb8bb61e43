import type { ServiceAccount } from '../../../../wire.ts'
import { age, ageColumn, defineKind, nameColumn } from '../../../define-kind.ts'
import { strategy } from './strategy.ts'

export const serviceAccount = defineKind<ServiceAccount>({
  group: '',
  version: 'v1',
  kind: 'ServiceAccount',
  resource: 'serviceaccounts',
  subresources: { token: { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest', verbs: ['create'] } },
  deleteReturnsObject: true,
  shortNames: ['sa'],
  storagePrefix: '/registry/serviceaccounts/',
  strategy,
  columns: [nameColumn, ageColumn],
  cells: (object, now) => [object.metadata?.name ?? '', age(object, now)],
})
