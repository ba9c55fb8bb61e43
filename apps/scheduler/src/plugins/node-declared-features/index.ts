import { concernsNode } from '../../framework/cluster-event.ts'
import type { Plugin, Rejection } from '../../framework/plugin.ts'

const name = 'NodeDeclaredFeatures'
const unmatched: Rejection = {
  plugin: name,
  reasons: ["node(s) didn't match Pod's required features"],
  resolvable: false,
}

/** Keeps pods off nodes whose kubelet has not declared what they need (`status.declaredFeatures`). */
export const nodeDeclaredFeatures: Plugin = {
  name,
  filter(pod, { nodes }) {
    const needed = pod.template.neededFeatures
    if (needed.length === 0) return undefined
    return row => {
      const { declaredFeatures } = nodes.node(row)
      return needed.every(feature => declaredFeatures.includes(feature)) ? undefined : unmatched
    }
  },
  mayHelp: event => concernsNode(event, 'declaredFeatures'),
}
