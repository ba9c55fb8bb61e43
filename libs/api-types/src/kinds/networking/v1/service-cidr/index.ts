import { age, ageColumn, column, defineKind, nameColumn, own, readWrite } from '../../../define-kind.ts'
import type { ServiceCIDR } from '../../types.ts'
import { strategy } from './strategy.ts'

export const serviceCidr = defineKind<ServiceCIDR>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'ServiceCIDR',
  resource: 'servicecidrs',
  namespaced: false,
  subresources: { status: own('ServiceCIDR', readWrite, 'networking.k8s.io') },
  strategy,
  columns: [nameColumn, column('CIDRs', 'The blocks that Services get their addresses from.'), ageColumn],
  cells: (object, now) => [object.metadata?.name ?? '', (object.spec?.cidrs ?? []).join(','), age(object, now)],
})
