/** The network of a local cluster: address ranges, the bridge between nodes, and nodes as namespaces. */
export { type AddressRanges, chooseRanges } from './address-ranges.ts'
export { address, formatCidr, parseCidr, subnet } from './cidr.ts'
export { createClusterNetwork, removeClusterNetwork } from './cluster-network.ts'
export { cniConfig } from './cni-config.ts'
export { createNodeNamespace, enterNode, removeNodeNamespace } from './node-namespace.ts'
export { type NetworkPlan, type NodePlan, planNetwork } from './plan.ts'
export { runScript } from './run-script.ts'
export { usedRanges } from './used-ranges.ts'
