import type { NetworkPlan } from './plan.ts'
import { runScript } from './run-script.ts'

/**
 * The network that joins a cluster's nodes: a bridge in a namespace of its own, and one link from the host into it.
 *
 * The bridge is not on the host because Docker leaves the host's FORWARD policy at DROP and br_netfilter applies that to
 * bridges: every packet between nodes would be lost.
 */
export function createClusterNetwork(plan: NetworkPlan): Promise<string> {
  return runScript('making the cluster network', clusterNetworkScript(plan))
}

export function clusterNetworkScript(plan: NetworkPlan): string {
  const { runDirectory: run, hostLink, ranges } = plan
  const prefix = ranges.nodes.split('/')[1]
  const inside = `{ ${ranges.nodes}, ${ranges.pods} }`
  return `
mkdir -p ${run}
# the sockets of runtimes are root's alone
chmod 700 ${run}
# pinned namespaces may not propagate to other mount namespaces, so their folder is a private mount
mountpoint -q ${run} || { mount --bind ${run} ${run}; mount --make-private ${run}; }
if ! mountpoint -q ${run}/net || ! nsenter --net=${run}/net ip link show br0 >/dev/null 2>&1; then
  while mountpoint -q ${run}/net; do umount -l ${run}/net; done
  ip link del ${hostLink} 2>/dev/null || true
  rm -f ${run}/*/made
  : > ${run}/net
  unshare --net=${run}/net true
  nsenter --net=${run}/net sh -eu -c 'ip link set lo up; ip link add br0 type bridge; ip link set br0 up'
fi
if ! ip link show ${hostLink} >/dev/null 2>&1; then
  ip link add ${hostLink} type veth peer name uplink netns ${run}/net
  nsenter --net=${run}/net ip link set uplink master br0 up
fi
ip addr replace ${plan.hostAddress}/${prefix} dev ${hostLink}
ip link set ${hostLink} up
# nodes and pods reach other networks through the host, under its address
echo 1 > /proc/sys/net/ipv4/ip_forward
nft -f - <<NFT
table ip kubets-${plan.id} {}
delete table ip kubets-${plan.id}
table ip kubets-${plan.id} {
  chain postrouting {
    type nat hook postrouting priority srcnat;
    ip saddr ${inside} ip daddr != ${inside} masquerade
  }
}
NFT
`
}

/** Takes the network down. Every step may find its part already gone. */
export function removeClusterNetwork(plan: Pick<NetworkPlan, 'id' | 'hostLink' | 'runDirectory'>): Promise<string> {
  const { runDirectory: run } = plan
  return runScript(
    'removing the cluster network',
    `
ip link del ${plan.hostLink} 2>/dev/null || true
nft delete table ip kubets-${plan.id} 2>/dev/null || true
# one by one, deepest first: what a start left that was cut off is found too
for pin in ${run}/*/mnt ${run}/*/uts ${run}/*/net ${run}/net ${run}; do
  while mountpoint -q $pin; do umount -l $pin; done
done
rm -rf ${run}
rmdir /run/kubets 2>/dev/null || true
`,
  )
}
