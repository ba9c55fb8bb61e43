import { type FlagTable, leaderElectionFlags } from '@kubets/component'

/** kube-scheduler's flags. */
export const schedulerFlags = {
  kubeconfig: { type: 'string', help: 'Path to the kubeconfig file with authorization and server location.' },
  config: { type: 'string', help: 'Path to a KubeSchedulerConfiguration file. It replaces the leader-elect flags.' },
  master: { type: 'string', help: 'Address of the API server; overrides the one in the kubeconfig.' },
  ...leaderElectionFlags('kube-scheduler'),
  'bind-address': { type: 'string', default: '0.0.0.0', help: 'Address for health checks and metrics.' },
  'secure-port': {
    type: 'int',
    default: 10_259,
    help: 'Port for health checks and metrics; 0 serves none.',
  },
  v: { type: 'int', short: 'v', default: 0, help: 'Log level: 4 and above shows each decision.' },
} as const satisfies FlagTable
