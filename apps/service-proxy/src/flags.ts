import type { FlagTable } from '@kubets/component'

const otherMode = 'it belongs to another proxy mode: nftables is the one that is here'

/** kube-proxy's flags. */
export const serviceProxyFlags = {
  kubeconfig: { type: 'string', help: 'Path to kubeconfig file with authorization information.' },
  master: { type: 'string', help: 'The address of the Kubernetes API server; overrides any value in kubeconfig.' },
  'hostname-override': {
    type: 'string',
    help: 'If non-empty, will be used as the name of the Node that this runs on instead of the hostname.',
  },
  'proxy-mode': {
    type: 'string',
    default: 'nftables',
    choices: ['nftables'],
    help: 'Which proxy mode to use.',
  },
  'cluster-cidr': {
    type: 'strings',
    help: 'The CIDR range of the pods in the cluster; one of each family, comma separated, where there are two.',
  },
  'detect-local-mode': {
    type: 'string',
    default: 'ClusterCIDR',
    choices: ['ClusterCIDR'],
    help: 'Mode to use to detect local traffic.',
  },
  'masquerade-all': { type: 'bool', help: 'SNAT all traffic sent via Service cluster IPs.' },
  'iptables-masquerade-bit': {
    type: 'int',
    default: 14,
    help: 'The bit of the fwmark space to mark packets requiring SNAT with. Within the range [0, 31].',
  },
  'nodeport-addresses': {
    type: 'strings',
    help: "A list of CIDR ranges that contain valid node IPs, or 'primary' for the node's own ones in the API. NodePorts are only accepted on them. Default: primary.",
  },
  'bind-address': {
    type: 'string',
    default: '0.0.0.0',
    help: "Overrides the idea of what the node's primary IP is; 0.0.0.0 and :: do not. Nothing is bound to it.",
  },
  'iptables-min-sync-period': {
    type: 'duration',
    default: '1s',
    help: 'The minimum period between two changes of the rules; 0 means at once.',
  },
  'iptables-sync-period': {
    type: 'duration',
    default: '30s',
    help: 'How long after a failure rules are tried again at the latest.',
  },
  'healthz-bind-address': {
    type: 'string',
    default: '0.0.0.0:10256',
    help: "The address and port for /healthz and /livez; '' serves none.",
  },
  'metrics-bind-address': {
    type: 'string',
    default: '127.0.0.1:10249',
    help: "The address and port for /metrics; '' serves none.",
  },
  cleanup: { type: 'bool', help: 'If true, remove all rules and exit.' },
  'ipvs-scheduler': { type: 'string', help: '', deprecated: otherMode },
  'ipvs-strict-arp': { type: 'bool', help: '', deprecated: otherMode },
  'iptables-localhost-nodeports': { type: 'bool', help: '', deprecated: otherMode },
  v: { type: 'int', short: 'v', default: 0, help: 'Log level.' },
} as const satisfies FlagTable
