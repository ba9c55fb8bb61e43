import type { KubeObject } from '../../../../wire.ts'
import { containerCells, containersColumn, imagesColumn, selectorText } from '../../../core/v1/pod-template/cells.ts'
import { age, ageColumn, column, defineKind, nameColumn, own, readWrite } from '../../../define-kind.ts'
import type { Deployment, DeploymentSpec } from '../../types.ts'
import { applyDefaults } from './defaults.ts'
import { strategy } from './strategy.ts'

export const deployment = defineKind<Deployment>({
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  resource: 'deployments',
  shortNames: ['deploy'],
  categories: ['all'],
  empty: { spec: { replicas: 0 } } as KubeObject,
  subresources: {
    scale: own('Scale', readWrite, 'autoscaling', 'v1'),
    status: own('Deployment', readWrite, 'apps', 'v1'),
  },
  scale: {
    read: ({ spec, status }) => ({
      replicas: spec?.replicas ?? 0,
      statusReplicas: status?.replicas ?? 0,
      selector: selectorText(spec?.selector, '', ''),
    }),
    write(object, replicas) {
      object.spec = { ...object.spec, replicas } as DeploymentSpec
    },
  },
  applyDefaults,
  strategy,
  columns: [
    nameColumn,
    column('Ready', 'Pods that are ready, of those that are wanted.'),
    column('Up-to-date', 'Number of pods that have the wanted template.'),
    column('Available', 'Number of pods that have been ready for long enough.'),
    ageColumn,
    containersColumn,
    imagesColumn,
    column('Selector', 'Labels of the pods that are counted.', { priority: 1 }),
  ],
  cells: (object, now) => [
    object.metadata?.name ?? '',
    `${object.status?.readyReplicas ?? 0}/${object.spec?.replicas ?? 0}`,
    object.status?.updatedReplicas ?? 0,
    object.status?.availableReplicas ?? 0,
    age(object, now),
    ...containerCells(object.spec?.template),
    selectorText(object.spec?.selector, '', '<invalid>'),
  ],
})
