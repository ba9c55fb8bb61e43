import { concernsNode } from '../../framework/cluster-event.ts'
import { type Plugin, type Rejection, scaleByHighest } from '../../framework/plugin.ts'

const name = 'NodeAffinity'
const noMatch: Rejection = {
  plugin: name,
  reasons: ["node(s) didn't match Pod's node affinity/selector"],
  resolvable: false,
}
/** For nodes that a pod excludes by naming others, such as DaemonSet pods do. */
const notNamed: Rejection = {
  plugin: name,
  reasons: [`node(s) didn't satisfy plugin(s) [${name}]`],
  resolvable: false,
}

/** nodeSelector and required node affinity; prefers nodes by the weights of the preferred terms that they match. */
export const nodeAffinity: Plugin = {
  name,
  weight: 2,
  filter({ template: { nodeRequirement, onlyNodes } }, { nodes }) {
    if (nodeRequirement === undefined) return undefined
    return row => {
      const node = nodes.node(row)
      if (onlyNodes !== undefined && !onlyNodes.has(node.name)) return notNamed
      return nodeRequirement(node.name, node.labels) ? undefined : noMatch
    }
  },
  score({ template: { preferredNodes } }, { nodes }) {
    if (preferredNodes.length === 0) return undefined
    return row => {
      const { name, labels } = nodes.node(row)
      let sum = 0
      for (const { weight, matches } of preferredNodes) if (matches(name, labels)) sum += weight
      return sum
    }
  },
  normalize: scores => scaleByHighest(scores, 'more is better'),
  mayHelp(event, pod, cluster) {
    return concernsNode(event, 'labels') && nodeAffinity.filter?.(pod, cluster)?.(event.row) === undefined
  },
}
