import type { Node } from '../../../../wire.ts'
import { resourceListDefaults } from '../resource/defaults.ts'

/** Both forms of the pod CIDR say the same; where they differ, the older field is the one that was meant. */
function syncPodCidrs(spec: NonNullable<Node['spec']>): void {
  const first = spec.podCIDRs?.[0]
  if (spec.podCIDR) {
    if (spec.podCIDR !== first) spec.podCIDRs = [spec.podCIDR]
  } else if (spec.podCIDRs?.length) spec.podCIDR = first ?? ''
}

/** What the node has is what pods may use, until the kubelet says otherwise. */
export function applyDefaults(node: Node): void {
  node.spec ??= {}
  node.status ??= {}
  syncPodCidrs(node.spec)
  const { capacity } = node.status
  if (capacity !== undefined) {
    resourceListDefaults(capacity)
    node.status.allocatable ??= { ...capacity }
  }
  resourceListDefaults(node.status.allocatable)
}
