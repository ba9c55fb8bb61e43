import { secureServingFlags } from '@kubets/client'
import { type FlagTable, leaderElectionFlags } from '@kubets/component'

/** kube-scheduler's flags. */
export const schedulerFlags = {
  kubeconfig: { type: 'string', help: 'Path to the kubeconfig file with authorization and server location.' },
  config: { type: 'string', help: 'Path to a KubeSchedulerConfiguration file. It replaces the leader-elect flags.' },
  master: { type: 'string', help: 'Address of the API server; overrides the one in the kubeconfig.' },
  ...leaderElectionFlags('kube-scheduler'),
  ...secureServingFlags({ port: 10_259, tolerateLookupFailure: true }),
  v: { type: 'int', short: 'v', default: 0, help: 'Log level: 4 and above shows each decision.' },
} as const satisfies FlagTable
