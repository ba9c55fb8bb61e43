import type { Node } from '../../../../wire.ts'
import { resourceListDefaults } from '../resource/defaults.ts'

/** What the node has is what pods may use, until the kubelet says otherwise. */
export function applyDefaults(node: Node): void {
  node.spec ??= {}
  node.status ??= {}
  const { capacity } = node.status
  if (capacity !== undefined) {
    resourceListDefaults(capacity)
    node.status.allocatable ??= { ...capacity }
  }
  resourceListDefaults(node.status.allocatable)
}
