import type { ReplicationController } from '../../../../wire.ts'
import { age, ageColumn, column, defineKind, nameColumn, own, readWrite } from '../../../define-kind.ts'
import { containerCells, containersColumn, imagesColumn, labelsText } from '../pod-template/cells.ts'
import { applyTemplateDefaults } from '../pod-template/defaults.ts'
import { strategy } from './strategy.ts'

/** One replica, and the template's labels where the controller has none of its own. */
function applyDefaults(controller: ReplicationController): void {
  controller.spec ??= {}
  const { spec } = controller
  const labels = spec.template?.metadata?.labels
  if (labels !== undefined) {
    if (Object.keys(spec.selector ?? {}).length === 0) spec.selector = { ...labels }
    if (Object.keys(controller.metadata?.labels ?? {}).length === 0) {
      controller.metadata = { ...controller.metadata, labels: { ...labels } }
    }
  }
  spec.replicas ??= 1
  if (spec.template !== undefined) applyTemplateDefaults(spec.template)
}

export const replicationController = defineKind<ReplicationController>({
  group: '',
  version: 'v1',
  kind: 'ReplicationController',
  resource: 'replicationcontrollers',
  shortNames: ['rc'],
  categories: ['all'],
  storagePrefix: '/registry/controllers/',
  subresources: {
    scale: own('Scale', readWrite, 'autoscaling', 'v1'),
    status: own('ReplicationController', readWrite),
  },
  defaultPropagation: 'Orphan',
  scale: {
    read: ({ spec, status }) => ({
      replicas: spec?.replicas ?? 0,
      statusReplicas: status?.replicas ?? 0,
      selector: Object.keys(spec?.selector ?? {}).length === 0 ? '' : labelsText(spec?.selector),
    }),
    write(controller, replicas) {
      controller.spec = { ...controller.spec, replicas }
    },
  },
  applyDefaults,
  strategy,
  moreFields: ({ status }) => ({ 'status.replicas': String(status?.replicas ?? 0) }),
  columns: [
    nameColumn,
    column('Desired', 'Number of replicas that are wanted.', { type: 'integer' }),
    column('Current', 'Number of replicas that were last seen.', { type: 'integer' }),
    column('Ready', 'Number of replicas that are ready.', { type: 'integer' }),
    ageColumn,
    containersColumn,
    imagesColumn,
    column('Selector', 'Labels of the pods that are counted.', { priority: 1 }),
  ],
  cells: (object, now) => [
    object.metadata?.name ?? '',
    object.spec?.replicas ?? 0,
    object.status?.replicas ?? 0,
    object.status?.readyReplicas ?? 0,
    age(object, now),
    ...containerCells(object.spec?.template),
    labelsText(object.spec?.selector),
  ],
})
