/** All plugins, in the order in which they filter. Upstream's order, names and weights. */
import type { Plugin } from '../framework/plugin.ts'
import { dynamicResources } from './dynamic-resources/index.ts'
import { imageLocality } from './image-locality/index.ts'
import { interPodAffinity } from './inter-pod-affinity/index.ts'
import { nodeAffinity } from './node-affinity/index.ts'
import { nodeDeclaredFeatures } from './node-declared-features/index.ts'
import { nodeName } from './node-name/index.ts'
import { nodePorts } from './node-ports/index.ts'
import { nodeResourcesBalancedAllocation } from './node-resources-balanced-allocation/index.ts'
import { defaultFitArgs, type NodeResourcesFitArgs, nodeResourcesFit } from './node-resources-fit/index.ts'
import { nodeUnschedulable } from './node-unschedulable/index.ts'
import { podTopologySpread } from './pod-topology-spread/index.ts'
import { taintToleration } from './taint-toleration/index.ts'
import { volumeBinding } from './volume-binding/index.ts'

export { defaultFitArgs, type NodeResourcesFitArgs }

export interface PluginArgs {
  nodeResourcesFit?: NodeResourcesFitArgs
}

export function createPlugins(args: PluginArgs = {}): readonly Plugin[] {
  return [
    nodeUnschedulable,
    nodeName,
    taintToleration,
    nodeAffinity,
    nodePorts,
    nodeResourcesFit(args.nodeResourcesFit),
    volumeBinding,
    podTopologySpread,
    interPodAffinity,
    dynamicResources,
    nodeDeclaredFeatures,
    nodeResourcesBalancedAllocation(),
    imageLocality,
  ]
}
