import type { PodTemplate } from '../../../../wire.ts'
import { column, defineKind, nameColumn } from '../../../define-kind.ts'
import { containerCells, labelsText } from './cells.ts'
import { applyTemplateDefaults } from './defaults.ts'
import { strategy } from './strategy.ts'

export const podTemplate = defineKind<PodTemplate>({
  group: '',
  version: 'v1',
  kind: 'PodTemplate',
  resource: 'podtemplates',
  deleteReturnsObject: true,
  applyDefaults(object) {
    object.template ??= {}
    applyTemplateDefaults(object.template)
  },
  strategy,
  columns: [
    nameColumn,
    column('Containers', 'Names of each container in the template.'),
    column('Images', 'Images referenced by each container in the template.'),
    column('Pod Labels', 'The labels for the pod template.'),
  ],
  cells: object => [
    object.metadata?.name ?? '',
    ...containerCells(object.template),
    labelsText(object.template?.metadata?.labels),
  ],
})
