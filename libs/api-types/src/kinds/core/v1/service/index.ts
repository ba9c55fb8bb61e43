import type { Service } from '../../../../wire.ts'
import { connectAny, defineKind, own, readWrite } from '../../../define-kind.ts'
import { cells, columns } from './columns.ts'
import { applyDefaults } from './defaults.ts'
import { strategy } from './strategy.ts'

export const service = defineKind<Service>({
  group: '',
  version: 'v1',
  kind: 'Service',
  resource: 'services',
  deleteReturnsObject: true,
  shortNames: ['svc'],
  categories: ['all'],
  storagePrefix: '/registry/services/specs/',
  subresources: { proxy: own('ServiceProxyOptions', connectAny), status: own('Service', readWrite) },
  applyDefaults,
  strategy,
  moreFields: object => ({
    'spec.clusterIP': object.spec?.clusterIP ?? '',
    'spec.type': object.spec?.type ?? '',
  }),
  columns,
  cells,
})
