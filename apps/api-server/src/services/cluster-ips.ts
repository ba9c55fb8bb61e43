import { needsClusterIp, type Service } from '@kubets/api-types'
import { field, internalError, invalid } from '@kubets/apimachinery'
import { type IpAddresses, RangeFullError } from './ip-addresses.ts'
import { isUnchangedPreference } from './ip-families.ts'
import type { IpFamily } from './ip-range.ts'
import type { Transaction } from './transaction.ts'

export interface AddressOperation {
  readonly addresses: IpAddresses
  readonly transaction: Transaction
  readonly dryRun: boolean
}

const isHeadless = ({ spec }: Service) => spec?.clusterIPs?.[0] === 'None'

/** One address for each family of the Service that has none yet; those that it names are taken as they are. */
export async function allocateClusterIps(service: Service, operation: AddressOperation): Promise<void> {
  const { spec } = service
  if (spec === undefined || !needsClusterIp(service) || isHeadless(service)) return
  const families = spec.ipFamilies ?? []
  const ips: string[] = []
  for (const [i, family] of families.entries()) {
    ips.push(await allocate(service, family as IpFamily, spec.clusterIPs?.[i] ?? '', operation))
  }
  const [first] = ips
  if (first === undefined) return
  spec.clusterIPs = [...ips, ...(spec.clusterIPs ?? []).slice(ips.length)]
  spec.clusterIP = first
}

async function allocate(service: Service, family: IpFamily, wanted: string, operation: AddressOperation) {
  const { addresses, transaction, dryRun } = operation
  const name = service.metadata?.name ?? ''
  // the name may be generated again while the Service is being stored
  const owner = { metadata: { ...service.metadata } }
  const refuse = (text: string) =>
    invalid('Service', name, [field.invalid('spec.clusterIPs', service.spec?.clusterIPs ?? null, text)])
  let ip = wanted
  try {
    if (wanted === '') {
      ip = await (dryRun ? addresses.tryTakeAny(family) : addresses.takeAny(family, service))
    } else await (dryRun ? addresses.tryTake(wanted, family) : addresses.take(wanted, service))
  } catch (error) {
    const why = (error as Error).message
    if (error instanceof RangeFullError) {
      throw internalError(`failed to allocate a serviceIP for Service "${name}": ${why}`)
    }
    throw refuse(wanted === '' ? `failed to allocate IP: ${why}` : `failed to allocate IP ${wanted}: ${why}`)
  }
  if (!dryRun) {
    transaction.whenRefused(() => addresses.release(ip, owner))
    transaction.whenStored(async () => {
      if (service.metadata?.name === owner.metadata.name) return
      await addresses.release(ip, owner)
      await addresses.take(ip, service)
    })
  }
  return ip
}

/** Changes of type, upgrades to two families and downgrades to one. What is not needed any more goes once the Service is stored. */
export async function updateClusterIps(service: Service, old: Service, operation: AddressOperation): Promise<void> {
  const { spec } = service
  if (spec === undefined || isUnchangedPreference(service, old)) return
  const had = needsClusterIp(old)
  const has = needsClusterIp(service)
  if (!had && has) return allocateClusterIps(service, operation)
  if (!had || isHeadless(old)) return
  const release = (ip: string | undefined) => {
    if (ip && !operation.dryRun) operation.transaction.whenStored(() => operation.addresses.release(ip, old))
  }
  const before = old.spec?.clusterIPs ?? []
  if (!has) {
    for (const ip of before) release(ip)
    return
  }
  const [, second] = spec.ipFamilies ?? []
  const families = old.spec?.ipFamilies?.length ?? 0
  if (families === 1 && second !== undefined) {
    const ip = await allocate(service, second as IpFamily, spec.clusterIPs?.[1] ?? '', operation)
    spec.clusterIPs = [...(spec.clusterIPs ?? []).slice(0, 1), ip]
  } else if (families === 2 && spec.ipFamilies?.length === 1) release(before[1])
}
