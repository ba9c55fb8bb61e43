import { age, ageColumn, column, defineKind, nameColumn } from '../../../define-kind.ts'
import type { StorageClass } from '../../types.ts'
import { applyDefaults } from './defaults.ts'
import { strategy } from './strategy.ts'

/** Either annotation marks the class that claims without one get; the second is the older name. */
const defaultMarks = ['storageclass.kubernetes.io/is-default-class', 'storageclass.beta.kubernetes.io/is-default-class']

export const storageClass = defineKind<StorageClass>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'StorageClass',
  resource: 'storageclasses',
  shortNames: ['sc'],
  namespaced: false,
  deleteReturnsObject: true,
  applyDefaults,
  strategy,
  columns: [
    nameColumn,
    column('Provisioner', 'Who makes the volumes.'),
    column('ReclaimPolicy', 'What becomes of a volume when its claim is gone.'),
    column('VolumeBindingMode', 'When claims are bound: at once, or when a pod needs them.'),
    column('AllowVolumeExpansion', 'Whether volumes may grow.'),
    ageColumn,
  ],
  cells: (object, now) => {
    const { name = '', annotations } = object.metadata ?? {}
    const isDefault = defaultMarks.some(mark => annotations?.[mark] === 'true')
    return [
      isDefault ? `${name} (default)` : name,
      object.provisioner ?? '',
      object.reclaimPolicy ?? 'Delete',
      object.volumeBindingMode ?? 'Immediate',
      object.allowVolumeExpansion ?? false,
      age(object, now),
    ]
  },
})
