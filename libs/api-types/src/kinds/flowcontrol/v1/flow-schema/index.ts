import { age, ageColumn, column, defineKind, nameColumn, own, readWrite } from '../../../define-kind.ts'
import type { FlowSchema } from '../../types.ts'
import { strategy } from './strategy.ts'

const defaultPrecedence = 1000

export const flowSchema = defineKind<FlowSchema>({
  group: 'flowcontrol.apiserver.k8s.io',
  version: 'v1',
  kind: 'FlowSchema',
  resource: 'flowschemas',
  namespaced: false,
  subresources: { status: own('FlowSchema', readWrite, 'flowcontrol.apiserver.k8s.io') },
  applyDefaults(object) {
    object.spec ??= {} as never
    object.spec.matchingPrecedence ||= defaultPrecedence
  },
  strategy,
  columns: [
    nameColumn,
    column('PriorityLevel', 'Name of the priority level that its requests go to.'),
    column('MatchingPrecedence', 'Its place among the schemas: the lowest that fits is taken.'),
    column('DistinguisherMethod', 'What makes requests of the schema one flow.'),
    ageColumn,
    column('MissingPL', 'Whether the level that it names is not there.'),
  ],
  cells: ({ metadata, spec, status }, now) => [
    metadata?.name ?? '',
    spec?.priorityLevelConfiguration?.name ?? '',
    spec?.matchingPrecedence ?? 0,
    spec?.distinguisherMethod?.type ?? '<none>',
    age({ ...(metadata === undefined ? {} : { metadata }) }, now),
    status?.conditions?.find(({ type }) => type === 'Dangling')?.status ?? '?',
  ],
})
