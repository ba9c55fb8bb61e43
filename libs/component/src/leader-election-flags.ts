import type { FlagTable, FlagValues } from './flags.ts'

/** The `--leader-elect…` flags that every service with replicas has, in upstream's names and defaults. `service`: the name of its Lease. */
export const leaderElectionFlags = (service: string) =>
  ({
    'leader-elect': {
      type: 'bool',
      default: true,
      help: 'Stand for election before working, for replicas that take over from each other.',
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
    'leader-elect-resource-name': { type: 'string', default: service, help: 'Name of that object.' },
    'leader-elect-resource-namespace': { type: 'string', default: 'kube-system', help: 'Namespace of that object.' },
  }) as const satisfies FlagTable

/** What these flags say; durations in milliseconds. */
export interface LeaderElectionSettings {
  leaderElect: boolean
  leaseDuration: number
  renewDeadline: number
  retryPeriod: number
  resourceName: string
  resourceNamespace: string
}

export const leaderElectionSettings = (
  flags: FlagValues<ReturnType<typeof leaderElectionFlags>>,
): LeaderElectionSettings => ({
  leaderElect: flags['leader-elect'],
  leaseDuration: flags['leader-elect-lease-duration'],
  renewDeadline: flags['leader-elect-renew-deadline'],
  retryPeriod: flags['leader-elect-retry-period'],
  resourceName: flags['leader-elect-resource-name'],
  resourceNamespace: flags['leader-elect-resource-namespace'],
})
