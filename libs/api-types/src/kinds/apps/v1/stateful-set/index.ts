import type { KubeObject } from '../../../../wire.ts'
import { containerCells, containersColumn, imagesColumn, selectorText } from '../../../core/v1/pod-template/cells.ts'
import { age, ageColumn, column, defineKind, nameColumn, own, readWrite } from '../../../define-kind.ts'
import type { StatefulSet, StatefulSetSpec } from '../../types.ts'
import { applyDefaults } from './defaults.ts'
import { strategy } from './strategy.ts'

export const statefulSet = defineKind<StatefulSet>({
  group: 'apps',
  version: 'v1',
  kind: 'StatefulSet',
  resource: 'statefulsets',
  shortNames: ['sts'],
  categories: ['all'],
  empty: { spec: { replicas: 0 } } as KubeObject,
  subresources: {
    scale: own('Scale', readWrite, 'autoscaling', 'v1'),
    status: own('StatefulSet', readWrite, 'apps', 'v1'),
  },
  scale: {
    read: ({ spec, status }) => ({
      replicas: spec?.replicas ?? 0,
      statusReplicas: status?.replicas ?? 0,
      selector: selectorText(spec?.selector, '', ''),
    }),
    write(set, replicas) {
      set.spec = { ...set.spec, replicas } as StatefulSetSpec
    },
  },
  applyDefaults,
  strategy,
  columns: [
    nameColumn,
    column('Ready', 'Pods that are ready, of those that are wanted.'),
    ageColumn,
    containersColumn,
    imagesColumn,
  ],
  cells: (object, now) => [
    object.metadata?.name ?? '',
    `${object.status?.readyReplicas ?? 0}/${object.spec?.replicas ?? 0}`,
    age(object, now),
    ...containerCells(object.spec?.template),
  ],
})
