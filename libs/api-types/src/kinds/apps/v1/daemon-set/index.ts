import {
  containerCells,
  containersColumn,
  imagesColumn,
  labelsText,
  selectorText,
} from '../../../core/v1/pod-template/cells.ts'
import { applyTemplateDefaults } from '../../../core/v1/pod-template/defaults.ts'
import { age, ageColumn, column, defineKind, nameColumn, own, readWrite } from '../../../define-kind.ts'
import type { DaemonSet, DaemonSetSpec } from '../../types.ts'
import { strategy } from './strategy.ts'
import { defaultTemplateGeneration, templateGenerationAnnotation } from './template-generation.ts'

function applyDefaults(set: DaemonSet): void {
  defaultTemplateGeneration(set)
  set.spec ??= {} as DaemonSetSpec
  const { spec } = set
  spec.template ??= {}
  applyTemplateDefaults(spec.template)
  spec.updateStrategy ??= {}
  const { updateStrategy } = spec
  updateStrategy.type ||= 'RollingUpdate'
  if (updateStrategy.type === 'RollingUpdate') {
    updateStrategy.rollingUpdate ??= {}
    updateStrategy.rollingUpdate.maxUnavailable ??= 1
    updateStrategy.rollingUpdate.maxSurge ??= 0
  }
  spec.revisionHistoryLimit ??= 10
}

const count = (name: string, description: string) => column(name, description, { type: 'integer' })

export const daemonSet = defineKind<DaemonSet>({
  group: 'apps',
  version: 'v1',
  kind: 'DaemonSet',
  resource: 'daemonsets',
  shortNames: ['ds'],
  categories: ['all'],
  annotationOfBody: templateGenerationAnnotation,
  empty: { metadata: { annotations: { [templateGenerationAnnotation]: '0' } } },
  subresources: { status: own('DaemonSet', readWrite, 'apps', 'v1') },
  applyDefaults,
  strategy,
  columns: [
    nameColumn,
    count('Desired', 'Number of nodes that should run the pod.'),
    count('Current', 'Number of nodes that run the pod and should.'),
    count('Ready', 'Number of nodes whose pod is ready.'),
    count('Up-to-date', 'Number of nodes whose pod has the wanted template.'),
    count('Available', 'Number of nodes whose pod has been ready for long enough.'),
    column('Node Selector', 'Labels of the nodes that the pods may run on.'),
    ageColumn,
    containersColumn,
    imagesColumn,
    column('Selector', 'Labels of the pods that are counted.', { priority: 1 }),
  ],
  cells: (object, now) => [
    object.metadata?.name ?? '',
    object.status?.desiredNumberScheduled ?? 0,
    object.status?.currentNumberScheduled ?? 0,
    object.status?.numberReady ?? 0,
    object.status?.updatedNumberScheduled ?? 0,
    object.status?.numberAvailable ?? 0,
    labelsText(object.spec?.template?.spec?.nodeSelector),
    age(object, now),
    ...containerCells(object.spec?.template),
    selectorText(object.spec?.selector, '<none>', '<error>'),
  ],
})
