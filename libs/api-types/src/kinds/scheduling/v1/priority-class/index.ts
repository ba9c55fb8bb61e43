import { age, ageColumn, column, defineKind, nameColumn } from '../../../define-kind.ts'
import type { PriorityClass } from '../../types.ts'
import { strategy } from './strategy.ts'
import { systemPriorityClasses } from './system-classes.ts'

export const priorityClass = defineKind<PriorityClass>({
  group: 'scheduling.k8s.io',
  version: 'v1',
  kind: 'PriorityClass',
  resource: 'priorityclasses',
  shortNames: ['pc'],
  namespaced: false,
  undeletable: Object.fromEntries(
    systemPriorityClasses.map(({ metadata }) => [
      metadata.name,
      'this is a system priority class and cannot be deleted',
    ]),
  ),
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
