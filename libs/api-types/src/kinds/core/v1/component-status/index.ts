import type { ComponentStatus } from '../../../../wire.ts'
import { column, defineKind, nameColumn, plainStrategy } from '../../../define-kind.ts'

/** How parts of the control plane are. Not stored: the api-server asks them when it is asked. */
export const componentStatus = defineKind<ComponentStatus>({
  group: '',
  version: 'v1',
  kind: 'ComponentStatus',
  resource: 'componentstatuses',
  shortNames: ['cs'],
  namespaced: false,
  stored: false,
  verbs: ['get', 'list'],
  deprecation: 'v1 ComponentStatus is deprecated in v1.19+',
  strategy: plainStrategy,
  columns: [
    nameColumn,
    column('Status', 'Whether the component is healthy.'),
    column('Message', 'What the component answered.'),
    column('Error', 'What went wrong when the component was asked.'),
  ],
  cells({ metadata, conditions }) {
    const healthy = conditions?.find(({ type }) => type === 'Healthy')
    const status = healthy === undefined ? 'Unknown' : healthy.status === 'True' ? 'Healthy' : 'Unhealthy'
    return [metadata?.name ?? '', status, healthy?.message ?? '', healthy?.error ?? '']
  },
})
