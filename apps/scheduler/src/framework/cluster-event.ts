import type { PodInfo } from '../pod/pod-info.ts'

/** A change that may let a rejected pod be placed. */
export type ClusterEvent =
  | { readonly kind: 'NodeAdd'; readonly row: number }
  | {
      readonly kind: 'NodeUpdate'
      readonly row: number
      /** What is different. */
      readonly changed: ReadonlySet<NodeAspect>
    }
  | { readonly kind: 'NodeDelete' }
  | { readonly kind: 'AssignedPodAdd' | 'AssignedPodUpdate' | 'AssignedPodDelete'; readonly pod: PodInfo }
  | { readonly kind: 'NamespaceUpdate' }

export type NodeAspect = 'allocatable' | 'labels' | 'taints' | 'unschedulable' | 'declaredFeatures'

/** Whether the event is a node that appeared, or one of whose aspects changed. */
export function concernsNode(event: ClusterEvent, ...aspects: NodeAspect[]): event is ClusterEvent & { row: number } {
  return event.kind === 'NodeAdd' || (event.kind === 'NodeUpdate' && aspects.some(aspect => event.changed.has(aspect)))
}
