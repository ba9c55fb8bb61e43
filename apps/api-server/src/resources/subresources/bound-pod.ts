import type { Binding, Pod } from '@kubets/api-types'
import { formatTime } from '@kubets/apimachinery'
import { withNode } from './unread-pod.ts'

/** A pod as it is once a binding gave it its node: annotations and labels of the binding are its own, and the nomination is over. */
export function bound(pod: Pod, binding: Binding, now: number): Pod {
  const metadata = { ...pod.metadata }
  const { labels, annotations } = binding.metadata ?? {}
  if (labels && Object.keys(labels).length > 0) metadata.labels = { ...metadata.labels, ...labels }
  if (annotations && Object.keys(annotations).length > 0)
    metadata.annotations = { ...metadata.annotations, ...annotations }
  return {
    ...pod,
    metadata,
    spec: withNode(pod, binding.target.name ?? ''),
    status: { ...withoutNomination(pod.status ?? {}), conditions: scheduled(pod, now) },
  }
}

function withoutNomination(status: NonNullable<Pod['status']>): NonNullable<Pod['status']> {
  if (status.nominatedNodeName === undefined) return status
  const { nominatedNodeName: _, ...others } = status
  return others
}

type Conditions = NonNullable<NonNullable<Pod['status']>['conditions']>

/** PodScheduled is true from now on, in the place where it stood; since before when it was already. */
function scheduled({ status }: Pod, now: number): Conditions {
  const conditions = status?.conditions ?? []
  const at = conditions.findIndex(({ type }) => type === 'PodScheduled')
  const before = conditions[at]
  const lastTransitionTime =
    before?.status === 'True' && before.lastTransitionTime ? before.lastTransitionTime : formatTime(now)
  const condition = { type: 'PodScheduled', status: 'True', lastProbeTime: null, lastTransitionTime }
  return (at === -1 ? [...conditions, condition] : conditions.with(at, condition as never)) as Conditions
}
