import type { Node } from '../../../../wire.ts'

/** What the node has is what pods may use, until the kubelet says otherwise. */
export function applyDefaults(node: Node): void {
  node.spec ??= {}
  node.status ??= {}
  const { capacity, allocatable } = node.status
  if (capacity !== undefined && allocatable === undefined) node.status.allocatable = { ...capacity }
}
