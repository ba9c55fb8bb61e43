import type { AddressRanges } from './address-ranges.ts'
import { address, formatCidr, parseCidr, subnet } from './cidr.ts'

/** Where everything of a cluster's network stands. Pure: the same input gives the same plan at every start. */
export interface NetworkPlan {
  id: string
  ranges: AddressRanges
  /** The host's address on the nodes' network: the api-server is reached there. */
  hostAddress: string
  /** Folder of the pinned namespaces and sockets: short, because a socket's path has 107 bytes at most. */
  runDirectory: string
  /** Name of the host's link into the cluster. */
  hostLink: string
  nodes: NodePlan[]
}

export interface NodePlan {
  name: string
  address: string
  podCidr: string
  /** Pinned namespaces `net`, `uts`, `mnt` and sockets. */
  runDirectory: string
  /** The node's own files: what stands at `/var/lib/kubelet` and so on inside of it. */
  directory: string
  cgroup: string
}

/** Fifteen bytes is what a link's name may have. */
export const hostLink = (id: string) => `kbt${id}`

export function planNetwork(options: {
  id: string
  ranges: AddressRanges
  directory: string
  nodes: readonly string[]
  /** From {@link chooseRunDirectory}. */
  runDirectory: string
}): NetworkPlan {
  const nodesRange = parseCidr(options.ranges.nodes)
  const podsRange = parseCidr(options.ranges.pods)
  const { runDirectory } = options
  return {
    id: options.id,
    ranges: options.ranges,
    hostAddress: address(nodesRange, 1),
    runDirectory,
    hostLink: hostLink(options.id),
    nodes: options.nodes.map((name, i) => ({
      name,
      address: address(nodesRange, 11 + i),
      podCidr: formatCidr(subnet(podsRange, 24, i + 1)),
      runDirectory: `${runDirectory}/${i + 1}`,
      directory: `${options.directory}/nodes/${name}`,
      cgroup: `/kubets/${options.id}/${name}`,
    })),
  }
}
