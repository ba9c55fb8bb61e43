import { age, ageColumn, column, defineKind, nameColumn, own, readWrite } from '../../../define-kind.ts'
import type { VolumeAttachment } from '../../types.ts'
import { strategy } from './strategy.ts'

export const volumeAttachment = defineKind<VolumeAttachment>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'VolumeAttachment',
  resource: 'volumeattachments',
  namespaced: false,
  deleteReturnsObject: true,
  subresources: { status: own('VolumeAttachment', readWrite, 'storage.k8s.io') },
  strategy,
  columns: [
    nameColumn,
    column('Attacher', 'The driver that attaches the volume.', { format: 'name' }),
    column('PV', 'The volume that is to be attached.'),
    column('Node', 'The node that it is attached to.'),
    column('Attached', 'Whether it is attached by now.', { type: 'boolean' }),
    ageColumn,
  ],
  cells: (object, now) => [
    object.metadata?.name ?? '',
    object.spec?.attacher ?? '',
    object.spec?.source?.persistentVolumeName ?? '',
    object.spec?.nodeName ?? '',
    object.status?.attached ?? false,
    age(object, now),
  ],
})
