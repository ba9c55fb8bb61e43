import type { ServiceCIDR } from '@kubets/api-types'
import { prefixEnd, type Snapshot } from '@kubets/storage'
import { ownEntry } from '../resources/own-writes.ts'
import type { Rest } from '../resources/rest.ts'
import { type IpRange, ipRange } from './ip-range.ts'

/** One block of a ServiceCIDR. */
export interface ServiceBlock {
  /** The ServiceCIDR's name. */
  readonly name: string
  readonly range: IpRange
  /** Addresses may be taken from it. */
  readonly ready: boolean
}

/** Ready unless it says otherwise: nobody may be there to say so. What is being deleted gives nothing any more. */
function isReady({ metadata, status }: ServiceCIDR): boolean {
  if (metadata?.deletionTimestamp !== undefined) return false
  const condition = status?.conditions?.find(({ type }) => type === 'Ready')
  return condition === undefined || condition.status === 'True'
}

/** All blocks, by name. There are few, so they are read each time: what was just created counts at once. */
export function serviceBlocks(rest: Rest, snapshot: Snapshot = rest.cache.snapshot()): ServiceBlock[] {
  const entry = ownEntry(rest, 'networking.k8s.io', 'servicecidrs')
  const blocks: ServiceBlock[] = []
  for (const { bytes } of snapshot.range(entry.storagePrefix, prefixEnd(entry.storagePrefix))) {
    const object = rest.codec.decode(entry, bytes) as ServiceCIDR
    for (const cidr of object.spec?.cidrs ?? []) {
      const range = readable(cidr)
      if (range !== undefined) blocks.push({ name: object.metadata?.name ?? '', range, ready: isReady(object) })
    }
  }
  return blocks
}

/** Blocks that upstream has no allocator for (too large) are passed over. */
function readable(cidr: string): IpRange | undefined {
  try {
    return ipRange(cidr)
  } catch {
    return undefined
  }
}
