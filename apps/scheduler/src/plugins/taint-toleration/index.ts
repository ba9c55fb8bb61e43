import type { Taint } from '@kubets/api-types'
import { concernsNode } from '../../framework/cluster-event.ts'
import { type Plugin, type Rejection, scaleByHighest } from '../../framework/plugin.ts'
import { isTolerated } from '../../pod/taints.ts'

const name = 'TaintToleration'
const tainted: Rejection = { plugin: name, reasons: ['node(s) had untolerated taint(s)'], resolvable: false }

/** Keeps pods off nodes with taints that they do not tolerate; prefers nodes with few PreferNoSchedule taints. */
export const taintToleration: Plugin = {
  name,
  weight: 3,
  filter({ template: { tolerations } }, { nodes }) {
    if (nodes.taintedCount === 0) return undefined
    const refuses = (taint: Taint) =>
      (taint.effect === 'NoSchedule' || taint.effect === 'NoExecute') && !isTolerated(tolerations, taint)
    return row => {
      const { taints } = nodes.node(row)
      return taints.length > 0 && taints.some(refuses) ? tainted : undefined
    }
  },
  score({ template }, { nodes }) {
    if (nodes.taintedCount === 0) return undefined // all would get the same
    const tolerations = template.tolerations.filter(t => !t.effect || t.effect === 'PreferNoSchedule')
    const counts = (taint: Taint) => taint.effect === 'PreferNoSchedule' && !isTolerated(tolerations, taint)
    return row => {
      const { taints } = nodes.node(row)
      return taints.length === 0 ? 0 : taints.filter(counts).length
    }
  },
  normalize: scores => scaleByHighest(scores, 'less is better'),
  mayHelp(event, pod, cluster) {
    return concernsNode(event, 'taints') && taintToleration.filter?.(pod, cluster)?.(event.row) === undefined
  },
}
