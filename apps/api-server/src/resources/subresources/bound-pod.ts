import type { Binding, Pod } from '@kubets/api-types'
import { formatTime } from '@kubets/apimachinery'
import { withNode } from './unread-pod.ts'

/** A pod as it is once a binding gave it its node: annotations and labels of the binding are its own, and the nomination is over. */
export function bound(pod: Pod, binding: Binding, now: number): Pod {
  const annotations = { ...pod.metadata?.annotations, ...binding.metadata?.annotations }
  const labels = { ...pod.metadata?.labels, ...binding.metadata?.labels }
  const { nominatedNodeName: _, ...status } = pod.status ?? {}
  return {
    ...pod,
    metadata: {
      ...pod.metadata,
      ...(Object.keys(labels).length > 0 ? { labels } : {}),
      ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
    },
    spec: withNode(pod, binding.target.name ?? ''),
    status: { ...status, conditions: scheduled(pod, now) },
  }
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
