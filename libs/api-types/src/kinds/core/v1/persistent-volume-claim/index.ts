import { Quantity } from '@kubets/apimachinery'
import type { PersistentVolumeClaim } from '../../../../wire.ts'
import { age, ageColumn, column, defineKind, nameColumn, own, readWrite } from '../../../define-kind.ts'
import { accessModesText, storageClassOf } from '../volume/defaults.ts'
import { applyDefaults } from './defaults.ts'
import { strategy } from './strategy.ts'

export const persistentVolumeClaim = defineKind<PersistentVolumeClaim>({
  group: '',
  version: 'v1',
  kind: 'PersistentVolumeClaim',
  resource: 'persistentvolumeclaims',
  shortNames: ['pvc'],
  deleteReturnsObject: true,
  subresources: { status: own('PersistentVolumeClaim', readWrite) },
  applyDefaults,
  strategy,
  columns: [
    nameColumn,
    column('Status', 'Whether the claim has its volume.'),
    column('Volume', 'The volume that the claim has.'),
    column('Capacity', "The volume's size."),
    column('Access Modes', 'How the volume can be mounted.'),
    column('StorageClass', 'The class of storage that is claimed.'),
    column('VolumeAttributesClass', 'The class whose attributes the claimed volume is to have.'),
    ageColumn,
    column('VolumeMode', 'Whether pods see a file system or a block device.', { priority: 1 }),
  ],
  cells(object, now) {
    const { metadata, spec, status } = object
    const bound = Boolean(spec?.volumeName)
    return [
      metadata?.name ?? '',
      metadata?.deletionTimestamp ? 'Terminating' : (status?.phase ?? ''),
      spec?.volumeName ?? '',
      bound ? Quantity.parse(status?.capacity?.storage ?? '0').toString() : '',
      bound ? accessModesText(status?.accessModes) : '',
      storageClassOf(metadata, spec),
      spec?.volumeAttributesClassName ?? '<unset>',
      age(object, now),
      spec?.volumeMode ?? '<unset>',
    ]
  },
})
