import type { KubeObject } from '@kubets/api-types'
import type { BootstrapPart } from './part.ts'

/** Values above a billion are the system's own. */
const systemCritical = 2_000_000_000

const classes = [
  {
    name: 'system-node-critical',
    value: systemCritical + 1000,
    description: 'Used for system critical pods that must not be moved from their current node.',
  },
  {
    name: 'system-cluster-critical',
    value: systemCritical,
    description:
      'Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.',
  },
] as const

/** The two priorities of the cluster's own pods. */
export const priorityClasses: BootstrapPart = {
  objects({ rest }) {
    const entry = rest.catalogue.byResource('scheduling.k8s.io', 'v1', 'priorityclasses')
    if (entry === undefined) return []
    return classes.map(({ name, value, description }) => [
      entry,
      { metadata: { name }, value, description } as KubeObject,
    ])
  },
}
