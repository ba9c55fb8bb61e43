import { join } from 'node:path'

/** Where a node has what, and what it is in its cluster. */
export interface NodeSettings {
  readonly name: string
  readonly address: string
  readonly podCidr: string
  readonly clusterCidr: string
  readonly clusterDns: string
  /** The pods' cgroups are below it. */
  readonly cgroup: string
  /** What `pki` gives a node. */
  readonly kubernetes: string
  /** What outlives the container. */
  readonly state: string
}

export const sockets = { cri: '/run/kubets/cri.sock', images: '/run/kubets/images.sock' }
export const resolvConf = '/run/kubets/resolv.conf'

/** The flags of a node's services, in the order of their start. */
export function nodeServices(node: NodeSettings) {
  const of = (file: string) => join(node.kubernetes, file)
  return {
    'container-runtime-shim': [
      `--listen=${sockets.cri}`,
      `--root=${join(node.state, 'runtime')}`,
      '--state=/run/kubets/runtime',
      `--cgroup-root=${node.cgroup}`,
      `--conmon-cgroup=${node.cgroup}/conmon`,
      `--admin-socket=${sockets.images}`,
    ],
    // rules before pods: a container's first request is to the API
    'service-proxy': [
      `--kubeconfig=${of('service-proxy.conf')}`,
      `--hostname-override=${node.name}`,
      `--cluster-cidr=${node.clusterCidr}`,
      '--healthz-bind-address=127.0.0.1:10256',
    ],
    'kubelet-agent': [
      `--kubeconfig=${of('kubelet.conf')}`,
      `--hostname-override=${node.name}`,
      `--node-ip=${node.address}`,
      `--root-dir=${join(node.state, 'kubelet')}`,
      `--container-runtime-endpoint=unix://${sockets.cri}`,
      `--pod-cidr=${node.podCidr}`,
      `--cgroup-root=${node.cgroup}`,
      `--cluster-dns=${node.clusterDns}`,
      `--resolv-conf=${resolvConf}`,
      `--tls-cert-file=${of('kubelet.crt')}`,
      `--tls-private-key-file=${of('kubelet.key')}`,
      `--client-ca-file=${of('ca.crt')}`,
    ],
  } as const satisfies Record<string, readonly string[]>
}
