import { concernsNode } from '../../framework/cluster-event.ts'
import type { Plugin, Rejection } from '../../framework/plugin.ts'
import { isTolerated } from '../../pod/taints.ts'

const name = 'NodeUnschedulable'
const unschedulable: Rejection = { plugin: name, reasons: ['node(s) were unschedulable'], resolvable: false }
const taint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }

/** Keeps pods off cordoned nodes, unless they tolerate the taint that stands for it. */
export const nodeUnschedulable: Plugin = {
  name,
  filter(pod, { nodes }) {
    if (nodes.unschedulableCount === 0) return undefined
    if (isTolerated(pod.template.tolerations, taint)) return undefined
    return row => (nodes.node(row).unschedulable ? unschedulable : undefined)
  },
  mayHelp: (event, _pod, { nodes }) =>
    concernsNode(event, 'unschedulable', 'taints') && !nodes.node(event.row).unschedulable,
}
