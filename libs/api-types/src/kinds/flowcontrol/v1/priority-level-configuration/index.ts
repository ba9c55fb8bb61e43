import { age, ageColumn, column, defineKind, nameColumn, own, readWrite } from '../../../define-kind.ts'
import type { PriorityLevelConfiguration } from '../../types.ts'
import { applyDefaults } from './defaults.ts'
import { strategy } from './strategy.ts'

const none = '<none>'

export const priorityLevelConfiguration = defineKind<PriorityLevelConfiguration>({
  group: 'flowcontrol.apiserver.k8s.io',
  version: 'v1',
  kind: 'PriorityLevelConfiguration',
  resource: 'prioritylevelconfigurations',
  namespaced: false,
  subresources: { status: own('PriorityLevelConfiguration', readWrite, 'flowcontrol.apiserver.k8s.io') },
  applyDefaults,
  strategy,
  columns: [
    nameColumn,
    column('Type', 'Whether its requests are limited.'),
    column('NominalConcurrencyShares', 'Its share of the seats, beside those of the other levels.'),
    column('Queues', 'How many queues it has.'),
    column('HandSize', 'How many queues each flow may use.'),
    column('QueueLengthLimit', 'How many requests may wait in one queue.'),
    ageColumn,
  ],
  cells(object, now) {
    const { type = '', limited } = object.spec ?? ({} as never)
    const queuing = limited?.limitResponse?.queuing
    return [
      object.metadata?.name ?? '',
      type,
      limited === undefined ? none : (limited.nominalConcurrencyShares ?? 0),
      queuing?.queues ?? none,
      queuing?.handSize ?? none,
      queuing?.queueLengthLimit ?? none,
      age(object, now),
    ]
  },
})
