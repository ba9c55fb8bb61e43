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
    column('Containers', 'Containers of its pods, in their order.'),
    column('Images', 'Images that the containers of its pods run, in the order of the containers.'),
    column('Pod Labels', 'Labels that pods made of it get.'),
  ],
  cells: object => [
    object.metadata?.name ?? '',
    ...containerCells(object.template),
    labelsText(object.template?.metadata?.labels),
  ],
})
