import { createdAtCells, createdAtColumns } from '../../../created-at.ts'
import { defineKind } from '../../../define-kind.ts'
import type { CSIStorageCapacity } from '../../types.ts'
import { strategy } from './strategy.ts'

export const csiStorageCapacity = defineKind<CSIStorageCapacity>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'CSIStorageCapacity',
  resource: 'csistoragecapacities',
  strategy,
  columns: createdAtColumns,
  cells: createdAtCells,
})
