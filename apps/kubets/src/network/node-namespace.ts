import type { NetworkPlan, NodePlan } from './plan.ts'
import { runScript } from './run-script.ts'

/** What stands at which of upstream's paths inside a node, and under which name in the node's own folder. */
const nodeFolders = [
  ['etc-kubernetes', '/etc/kubernetes'],
  ['cni-conf', '/etc/cni/net.d'],
  ['opt-cni', '/opt/cni'],
  ['var-lib-kubelet', '/var/lib/kubelet'],
  ['var-lib-cni', '/var/lib/cni'],
  ['var-lib-etcd', '/var/lib/etcd'],
  ['var-log-pods', '/var/log/pods'],
  ['var-log-containers', '/var/log/containers'],
] as const

/** The command prefix that runs something inside a node. `ip netns exec` is not used: it makes a mount namespace a call. */
export function enterNode(node: NodePlan): string[] {
  const run = node.runDirectory
  return ['nsenter', `--net=${run}/net`, `--uts=${run}/uts`, `--mount=${run}/mnt`, '--']
}

/**
 * A node: a network, mount and UTS namespace, pinned so that it outlives its processes. What is there already stays, so
 * containers go on when only the services were restarted.
 */
export function createNodeNamespace(plan: NetworkPlan, node: NodePlan): Promise<string> {
  return runScript(`making node ${node.name}`, nodeNamespaceScript(plan, node))
}

export function nodeNamespaceScript(plan: NetworkPlan, node: NodePlan): string {
  const run = node.runDirectory
  const prefix = plan.ranges.nodes.split('/')[1]
  const port = `port${plan.nodes.indexOf(node) + 1}`
  const others = plan.nodes.filter(other => other !== node)
  return `
mkdir -p ${run} ${nodeFolders.map(([own, path]) => `${quote(`${node.directory}/${own}`)} ${path}`).join(' ')}
# pins without their file 'made' are of a start that was cut off, or plain files of before a reboot: made anew
# (so is a node whose folder was deleted and made again under it: 'made' holds the folder's identity)
folder=$(stat -c %d:%i ${quote(`${node.directory}/var-lib-kubelet`)})
if [ "$(cat ${run}/made 2>/dev/null)" != "$folder" ] || ! mountpoint -q ${run}/mnt || ! mountpoint -q ${run}/net || ! mountpoint -q ${run}/uts; then
  rm -f ${run}/made
  for pin in mnt uts net; do
    while mountpoint -q ${run}/$pin; do umount -l ${run}/$pin; done
    : > ${run}/$pin
  done
  nsenter --net=${plan.runDirectory}/net ip link del ${port} 2>/dev/null || true
  unshare --net=${run}/net --uts=${run}/uts --mount=${run}/mnt sh -eu -c '
    mount --make-rshared /
    hostname ${node.name}
    ip link set lo up
    echo 1 > /proc/sys/net/ipv4/ip_forward
    ${nodeFolders.map(([own, path]) => `mount --bind ${quote(`${node.directory}/${own}`).replaceAll("'", `'\\''`)} ${path}`).join('\n    ')}
    resolv=$(readlink -f /etc/resolv.conf || true)
    if [ -e "$resolv" ]; then mount --bind ${quote(`${node.directory}/resolv.conf`).replaceAll("'", `'\\''`)} "$resolv"; fi
  '
  ip link add eth0 netns ${run}/net type veth peer name ${port} netns ${plan.runDirectory}/net
  nsenter --net=${plan.runDirectory}/net ip link set ${port} master br0 up
  nsenter --net=${run}/net ip -batch - <<IP
addr add ${node.address}/${prefix} dev eth0
link set eth0 up
route add default via ${plan.hostAddress}
IP
  echo "$folder" > ${run}/made
fi
nsenter --net=${run}/net ip -batch - <<IP
${others.map(other => `route replace ${other.podCidr} via ${other.address}`).join('\n')}
IP
ip route replace ${node.podCidr} via ${node.address} dev ${plan.hostLink}
`
}

/** Unpins a node's namespaces; the kernel ends them with their last process. */
export function removeNodeNamespace(node: NodePlan): Promise<string> {
  const run = node.runDirectory
  return runScript(
    `removing node ${node.name}`,
    `for pin in mnt uts net; do while mountpoint -q ${run}/$pin; do umount -l ${run}/$pin; done; done; rm -rf ${run}`,
  )
}

const quote = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`
