import { age, ageColumn, column, defineKind, nameColumn, own, readWrite } from '../../../define-kind.ts'
import { defaultClaimSpec, defaultClaimStatus } from '../../defaults.ts'
import type { ResourceClaim } from '../../types.ts'
import { strategy } from './strategy.ts'

function state({ metadata, status }: ResourceClaim): string {
  const words: string[] = []
  const deleted = metadata?.deletionTimestamp !== undefined
  if (deleted) words.push('deleted')
  if (status?.allocation === undefined) {
    if (!deleted) words.push('pending')
  } else {
    words.push('allocated')
    if (status.reservedFor?.length) words.push('reserved')
  }
  return words.join(',')
}

export const resourceClaim = defineKind<ResourceClaim>({
  group: 'resource.k8s.io',
  version: 'v1',
  kind: 'ResourceClaim',
  resource: 'resourceclaims',
  deleteReturnsObject: true,
  subresources: { status: own('ResourceClaim', readWrite, 'resource.k8s.io') },
  applyDefaults(claim) {
    defaultClaimSpec(claim.spec)
    defaultClaimStatus(claim.status)
  },
  strategy,
  columns: [nameColumn, column('State', 'Pending, allocated, reserved, deleted.'), ageColumn],
  cells: (object, now) => [object.metadata?.name ?? '', state(object), age(object, now)],
})
