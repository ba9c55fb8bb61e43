import type { ClusterView } from '../../cache/scheduler-cache.ts'
import type { PodInfo } from '../../pod/pod-info.ts'

export interface ScoredResource {
  readonly name: string
  readonly weight: number
}

/** A resource that a score looks at: the nodes' columns, and what the pod would add. */
export interface ScoredColumn {
  readonly weight: number
  readonly allocatable: Float64Array
  readonly requested: Float64Array
  readonly amount: number
}

/**
 * `with defaults` counts containers that ask for no CPU or memory as 100m and 200 MiB, so that they are spread as well.
 * Extended resources count only for pods that ask for them.
 */
export function scoredColumns(
  resources: readonly ScoredResource[],
  { template: { requests } }: PodInfo,
  { nodes }: ClusterView,
  count: 'with defaults' | 'as requested',
): ScoredColumn[] {
  const spread = count === 'with defaults'
  return resources.flatMap(({ name, weight }): ScoredColumn[] => {
    if (name === 'cpu')
      return [
        {
          weight,
          allocatable: nodes.cpu.allocatable.values,
          requested: (spread ? nodes.nonZeroCpu : nodes.cpu.requested).values,
          amount: spread ? requests.nonZeroCpu : requests.cpu,
        },
      ]
    if (name === 'memory')
      return [
        {
          weight,
          allocatable: nodes.memory.allocatable.values,
          requested: (spread ? nodes.nonZeroMemory : nodes.memory.requested).values,
          amount: spread ? requests.nonZeroMemory : requests.memory,
        },
      ]
    const columns = name === 'ephemeral-storage' ? nodes.ephemeralStorage : nodes.scalars.get(name)
    const amount = name === 'ephemeral-storage' ? requests.ephemeralStorage : (requests.scalars.get(name) ?? 0)
    if (columns === undefined || (amount === 0 && name !== 'ephemeral-storage')) return []
    return [{ weight, allocatable: columns.allocatable.values, requested: columns.requested.values, amount }]
  })
}
