import { age, ageColumn, column, defineKind, nameColumn } from '../../../define-kind.ts'
import type { CSINode } from '../../types.ts'
import { strategy } from './strategy.ts'

export const csiNode = defineKind<CSINode>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'CSINode',
  resource: 'csinodes',
  namespaced: false,
  deleteReturnsObject: true,
  strategy,
  columns: [nameColumn, column('Drivers', 'How many CSI drivers the node has.', { type: 'integer' }), ageColumn],
  cells: (object, now) => [object.metadata?.name ?? '', object.spec?.drivers?.length ?? 0, age(object, now)],
})
