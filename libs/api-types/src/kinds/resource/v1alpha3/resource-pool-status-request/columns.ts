import { ageSince } from '@kubets/apimachinery'
import type { ResourcePoolStatusRequest } from '../../types.ts'

type Status = NonNullable<ResourcePoolStatusRequest['status']>
type Pool = NonNullable<Status['pools']>[number]

const sum = (pools: readonly Pool[], count: (pool: Pool) => number | undefined) =>
  String(pools.reduce((total, pool) => total + (count(pool) ?? 0), 0))

const unknown = ['-', '-', '-', '-', '-']

function sums(pools: readonly Pool[]): string[] {
  return [
    sum(pools, pool => pool.totalDevices),
    sum(pools, pool => pool.availableDevices),
    sum(pools, pool => pool.allocatedDevices),
    sum(pools, pool => pool.unavailableDevices),
    sum(pools, pool => (pool.validationError === undefined ? 0 : 1)),
  ]
}

export function cells({ metadata, spec, status }: ResourcePoolStatusRequest, now: number): (string | number)[] {
  const { conditions = [], pools = [], poolCount = 0 } = status ?? {}
  const end = conditions.find(one => one.status === 'True' && (one.type === 'Complete' || one.type === 'Failed'))
  const failed = end?.type === 'Failed'
  const partly = end?.type === 'Complete' && poolCount > pools.length
  return [
    metadata?.name ?? '',
    spec?.driver ?? '',
    ...(status === undefined || failed ? unknown : sums(pools)),
    poolCount,
    partly ? `Complete (${pools.length}/${poolCount} pools)` : (end?.type ?? 'Pending'),
    end?.type === 'Complete' ? ageSince(end.lastTransitionTime, now) : '<none>',
  ]
}
