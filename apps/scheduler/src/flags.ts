import type { FlagTable } from '@kubets/component'

/** kube-scheduler's flags. */
export const schedulerFlags = {
  kubeconfig: { type: 'string', help: 'Path to the kubeconfig file with authorization and server location.' },
  config: { type: 'string', help: 'Path to a KubeSchedulerConfiguration file. It replaces the leader-elect flags.' },
  master: { type: 'string', help: 'Address of the API server; overrides the one in the kubeconfig.' },
  'leader-elect': {
    type: 'bool',
    default: true,
    help: 'Stand for election before scheduling, for replicas that take over from each other.',
  },
  'leader-elect-lease-duration': {
    type: 'duration',
    default: 15_000,
    help: 'How long the others wait after the last renewal they saw before they take over.',
  },
  'leader-elect-renew-deadline': {
    type: 'duration',
    default: 10_000,
    help: 'How long a leader tries to renew before it stops leading.',
  },
  'leader-elect-retry-period': { type: 'duration', default: 2_000, help: 'Pause between tries to acquire or renew.' },
  'leader-elect-resource-lock': {
    type: 'string',
    default: 'leases',
    choices: ['leases'],
    help: 'Kind of the object that stands for the office.',
  },
  'leader-elect-resource-name': { type: 'string', default: 'kube-scheduler', help: 'Name of that object.' },
  'leader-elect-resource-namespace': { type: 'string', default: 'kube-system', help: 'Namespace of that object.' },
  'bind-address': { type: 'string', default: '0.0.0.0', help: 'Address for health checks and metrics.' },
  'secure-port': {
    type: 'int',
    default: 10_259,
    help: 'Port for health checks and metrics; 0 serves none.',
  },
  v: { type: 'int', short: 'v', default: 0, help: 'Log level: 4 and above shows each decision.' },
} as const satisfies FlagTable
