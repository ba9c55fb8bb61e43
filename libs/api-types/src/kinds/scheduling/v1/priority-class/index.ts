import { age, ageColumn, column, defineKind, nameColumn } from '../../../define-kind.ts'
import type { PriorityClass } from '../../types.ts'
import { strategy } from './strategy.ts'

export const priorityClass = defineKind<PriorityClass>({
  group: 'scheduling.k8s.io',
  version: 'v1',
  kind: 'PriorityClass',
  resource: 'priorityclasses',
  shortNames: ['pc'],
  namespaced: false,
  applyDefaults(object) {
    object.preemptionPolicy ??= 'PreemptLowerPriority'
  },
  strategy,
  columns: [
    nameColumn,
    column('Value', 'The priority that pods of the class get.', { type: 'integer' }),
    column('Global-Default', 'Whether pods without a class get it.', { type: 'boolean' }),
    ageColumn,
    column('PreemptionPolicy', 'Whether pods of the class may take the place of others.'),
  ],
  cells: (object, now) => [
    object.metadata?.name ?? '',
    object.value ?? 0,
    object.globalDefault ?? false,
    age(object, now),
    object.preemptionPolicy ?? '',
  ],
})
