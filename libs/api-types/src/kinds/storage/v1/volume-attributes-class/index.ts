import { age, ageColumn, column, defineKind, nameColumn } from '../../../define-kind.ts'
import type { VolumeAttributesClass } from '../../types.ts'
import { strategy } from './strategy.ts'

export const volumeAttributesClass = defineKind<VolumeAttributesClass>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'VolumeAttributesClass',
  resource: 'volumeattributesclasses',
  shortNames: ['vac'],
  namespaced: false,
  deleteReturnsObject: true,
  strategy,
  columns: [nameColumn, column('DriverName', 'The driver that the class is for.'), ageColumn],
  cells: (object, now) => [object.metadata?.name ?? '', object.driverName ?? '', age(object, now)],
})
