import type { KubeObject } from '../../../../wire.ts'
import { containerCells, containersColumn, imagesColumn, selectorText } from '../../../core/v1/pod-template/cells.ts'
import { applyTemplateDefaults } from '../../../core/v1/pod-template/defaults.ts'
import { age, ageColumn, column, defineKind, nameColumn, own, readWrite } from '../../../define-kind.ts'
import type { ReplicaSet, ReplicaSetSpec } from '../../types.ts'
import { strategy } from './strategy.ts'

function applyDefaults(set: ReplicaSet): void {
  set.spec ??= {} as ReplicaSetSpec
  set.spec.template ??= {}
  applyTemplateDefaults(set.spec.template)
  set.spec.replicas ??= 1
}

export const replicaSet = defineKind<ReplicaSet>({
  group: 'apps',
  version: 'v1',
  kind: 'ReplicaSet',
  resource: 'replicasets',
  shortNames: ['rs'],
  categories: ['all'],
  empty: { spec: { replicas: 0 } } as KubeObject,
  subresources: {
    scale: own('Scale', readWrite, 'autoscaling', 'v1'),
    status: own('ReplicaSet', readWrite, 'apps', 'v1'),
  },
  scale: {
    read: ({ spec, status }) => ({
      replicas: spec?.replicas ?? 0,
      statusReplicas: status?.replicas ?? 0,
      selector: selectorText(spec?.selector, '', ''),
    }),
    write(set, replicas) {
      set.spec = { ...set.spec, replicas } as ReplicaSetSpec
    },
  },
  applyDefaults,
  strategy,
  columns: [
    nameColumn,
    column('Desired', 'Number of pods that are wanted.', { type: 'integer' }),
    column('Current', 'Number of pods that were last seen.', { type: 'integer' }),
    column('Ready', 'Number of pods that are ready.', { type: 'integer' }),
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
    selectorText(object.spec?.selector, '<none>', '<error>'),
  ],
})
