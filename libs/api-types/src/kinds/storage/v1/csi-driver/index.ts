import { age, ageColumn, column, defineKind, nameColumn } from '../../../define-kind.ts'
import type { CSIDriver } from '../../types.ts'
import { applyDefaults } from './defaults.ts'
import { strategy } from './strategy.ts'

export const csiDriver = defineKind<CSIDriver>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'CSIDriver',
  resource: 'csidrivers',
  namespaced: false,
  deleteReturnsObject: true,
  applyDefaults,
  strategy,
  columns: [
    nameColumn,
    column('AttachRequired', 'Whether volumes are attached to nodes first.', { type: 'boolean' }),
    column('PodInfoOnMount', 'Whether the driver is told about the pod.', { type: 'boolean' }),
    column('StorageCapacity', 'Whether the scheduler looks at the capacity that the driver reports.', {
      type: 'boolean',
    }),
    column('TokenRequests', 'Audiences of the tokens that the driver gets.'),
    column('RequiresRepublish', 'Whether volumes are published again and again.', { type: 'boolean' }),
    column('Modes', 'Lives that volumes may have.'),
    ageColumn,
  ],
  cells: (object, now) => {
    const { attachRequired, podInfoOnMount, storageCapacity, tokenRequests, requiresRepublish } = object.spec
    return [
      object.metadata?.name ?? '',
      attachRequired ?? true,
      podInfoOnMount ?? false,
      storageCapacity ?? false,
      tokenRequests === undefined ? '<unset>' : tokenRequests.map(({ audience = '' }) => audience).join(','),
      requiresRepublish ?? false,
      object.spec.volumeLifecycleModes?.join(',') || '<none>',
      age(object, now),
    ]
  },
})
