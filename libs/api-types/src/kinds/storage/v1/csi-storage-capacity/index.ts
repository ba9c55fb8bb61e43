import { Quantity } from '@kubets/apimachinery'
import { column, defineKind, nameColumn } from '../../../define-kind.ts'
import type { CSIStorageCapacity } from '../../types.ts'
import { strategy } from './strategy.ts'

export const csiStorageCapacity = defineKind<CSIStorageCapacity>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'CSIStorageCapacity',
  resource: 'csistoragecapacities',
  strategy,
  columns: [
    nameColumn,
    column('StorageClassName', 'The class that the capacity is for.'),
    column('Capacity', 'What is left there.'),
  ],
  cells: object => [
    object.metadata?.name ?? '',
    object.storageClassName ?? '',
    object.capacity === undefined ? '<unset>' : Quantity.parse(object.capacity).toString(),
  ],
})
