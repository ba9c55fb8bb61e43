import { age, ageColumn, column, defineKind, nameColumn, own, readWrite } from '../../../define-kind.ts'
import type { PodGroup } from '../../types.ts'
import { strategy } from './strategy.ts'

/** The state in a word: what a disruption says wins over what the scheduler says. */
function state({ status }: PodGroup): string {
  const of = (type: string) => status?.conditions?.findLast(condition => condition.type === type)
  const disrupted = of('DisruptionTarget')
  if (disrupted !== undefined) return disrupted.reason
  const scheduled = of('PodGroupScheduled')
  if (scheduled === undefined) return 'Pending'
  return scheduled.status === 'True' ? 'Scheduled' : 'Unschedulable'
}

export const podGroup = defineKind<PodGroup>({
  group: 'scheduling.k8s.io',
  version: 'v1alpha2',
  kind: 'PodGroup',
  resource: 'podgroups',
  featureGate: 'GenericWorkload',
  subresources: { status: own('PodGroup', readWrite, 'scheduling.k8s.io', 'v1alpha2') },
  applyDefaults(object) {
    // disruptionMode has a default, but its gate is off: a field that is dropped must not come back when the store is read
    object.spec ??= {} as PodGroup['spec']
  },
  strategy,
  columns: [
    nameColumn,
    column('Policy', 'How its pods are scheduled: each for itself or all together.'),
    column('Workload', 'The workload whose template it was made from.'),
    column('Status', 'What became of it.'),
    ageColumn,
  ],
  cells: (object, now) => {
    const { schedulingPolicy, podGroupTemplateRef } = object.spec ?? {}
    return [
      object.metadata?.name ?? '',
      schedulingPolicy?.gang === undefined ? 'Basic' : 'Gang',
      podGroupTemplateRef?.workload?.workloadName ?? '<none>',
      state(object),
      age(object, now),
    ]
  },
})
