import { Quantity } from '@kubets/apimachinery'
import type { PersistentVolume } from '../../../../wire.ts'
import { age, ageColumn, column, defineKind, nameColumn, own, readWrite } from '../../../define-kind.ts'
import { accessModesText, storageClassOf } from '../volume/defaults.ts'
import { applyDefaults } from './defaults.ts'
import { strategy } from './strategy.ts'

export const persistentVolume = defineKind<PersistentVolume>({
  group: '',
  version: 'v1',
  kind: 'PersistentVolume',
  resource: 'persistentvolumes',
  shortNames: ['pv'],
  namespaced: false,
  deleteReturnsObject: true,
  subresources: { status: own('PersistentVolume', readWrite) },
  applyDefaults,
  strategy,
  columns: [
    nameColumn,
    column('Capacity', "The volume's size."),
    column('Access Modes', 'How the volume can be mounted.'),
    column('Reclaim Policy', 'What becomes of the volume once its claim is gone.'),
    column('Status', 'Whether the volume is free, bound or released.'),
    column('Claim', 'The claim that has the volume.'),
    column('StorageClass', 'The class of storage that the volume belongs to.'),
    column('VolumeAttributesClass', 'The class whose attributes the volume has.'),
    column('Reason', 'Short, machine understandable reason of a failure.'),
    ageColumn,
    column('VolumeMode', 'Whether pods see a file system or a block device.', { priority: 1 }),
  ],
  cells(object, now) {
    const { metadata, spec, status } = object
    const claim = spec?.claimRef
    return [
      metadata?.name ?? '',
      Quantity.parse(spec?.capacity?.storage ?? '0').toString(),
      accessModesText(spec?.accessModes),
      spec?.persistentVolumeReclaimPolicy ?? '',
      metadata?.deletionTimestamp ? 'Terminating' : (status?.phase ?? ''),
      claim ? `${claim.namespace ?? ''}/${claim.name ?? ''}` : '',
      storageClassOf(metadata, spec),
      spec?.volumeAttributesClassName ?? '<unset>',
      status?.reason ?? '',
      age(object, now),
      spec?.volumeMode ?? '<unset>',
    ]
  },
})
