import { setImmediate as nextTurn } from 'node:timers/promises'
import type { IPAddress, KubeObject, ResourceEntry, Service } from '@kubets/api-types'
import { ipFamilyOf } from '@kubets/apimachinery'
import { createOwn, deleteOwn, ownEntry } from '../resources/own-writes.ts'
import { keyOf, type Rest } from '../resources/rest.ts'
import { candidates, type IpFamily } from './ip-range.ts'
import { type ServiceBlock, serviceBlocks } from './service-cidrs.ts'

export const managedBy = 'ipallocator.k8s.io'
export const familyLabel = 'ipaddress.kubernetes.io/ip-family'
export const managedByLabel = 'ipaddress.kubernetes.io/managed-by'

/** So many taken addresses are passed over before others have their turn. */
const looksPerTurn = 2_000

/** No address is left: nobody's mistake, so it becomes a 500. */
export class RangeFullError extends Error {
  override readonly name = 'RangeFullError'
  constructor() {
    super('range is full')
  }
}

/** The object that says whose an address is. Its creation is the lock: a name is there once in a store. */
export function addressObject(ip: string, { metadata }: Service): IPAddress {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IPAddress',
    metadata: { name: ip, labels: { [familyLabel]: ipFamilyOf(ip) ?? 'IPv4', [managedByLabel]: managedBy } },
    spec: {
      parentRef: { resource: 'services', namespace: metadata?.namespace ?? '', name: metadata?.name ?? '' },
    },
  }
}

export const belongsTo = ({ spec }: IPAddress, { metadata }: Service): boolean =>
  spec?.parentRef?.resource === 'services' &&
  !spec.parentRef.group &&
  spec.parentRef.namespace === metadata?.namespace &&
  spec.parentRef.name === metadata?.name

/** Addresses of Services, as IPAddress objects out of ServiceCIDR objects. */
export class IpAddresses {
  readonly #rest: Rest
  readonly entry: ResourceEntry

  constructor(rest: Rest) {
    this.#rest = rest
    this.entry = ownEntry(rest, 'networking.k8s.io', 'ipaddresses')
  }

  /** What the cache knows; a creation tells for sure. */
  #isTaken(ip: string): boolean {
    return this.#rest.cache.get(keyOf(this.entry, '', ip)) !== undefined
  }

  #create(ip: string, service: Service): Promise<boolean> {
    return createOwn(this.#rest, this.entry, addressObject(ip, service) as KubeObject)
  }

  /** Blocks of ServiceCIDRs; when none of them fits, also those that the cache has yet to hear of. */
  async #blocks(fits: (block: ServiceBlock) => boolean): Promise<ServiceBlock[]> {
    const known = serviceBlocks(this.#rest).filter(fits)
    if (known.length > 0) return known
    return serviceBlocks(this.#rest, await this.#rest.cache.consistentSnapshot()).filter(fits)
  }

  /** Throws what is wrong with the address in upstream's words. */
  async take(ip: string, service: Service): Promise<void> {
    const [block] = await this.#blocks(({ range, ready }) => ready && range.contains(ip))
    if (block === undefined) throw new Error('the provided network does not match the current range')
    if (!(await this.#create(ip, service))) throw new Error('provided IP is already allocated')
  }

  /** Throws {@link RangeFullError}. */
  async takeAny(family: IpFamily, service: Service): Promise<string> {
    for (const { range } of await this.#blocks(({ range, ready }) => ready && range.family === family)) {
      let looks = 0
      for (const value of candidates(range)) {
        if (++looks % looksPerTurn === 0) await nextTurn()
        const ip = range.address(value)
        // somebody else may have been faster: then the next one
        if (!this.#isTaken(ip) && (await this.#create(ip, service))) return ip
      }
    }
    throw new RangeFullError()
  }

  /** A dry run takes nothing, and looks only whether the address lies where addresses come from. */
  async tryTake(ip: string, family: IpFamily): Promise<void> {
    const [block] = await this.#blocks(({ range }) => range.family === family)
    if (block === undefined || block.range.contains(ip)) return
    const { text } = block.range
    throw new Error(`the provided IP (${ip}) is not in the valid range. The range of valid IPs is ${text}`)
  }

  /** What a dry run shows: the block itself, since no free address is looked for. */
  async tryTakeAny(family: IpFamily): Promise<string> {
    const [block] = await this.#blocks(({ range }) => range.family === family)
    if (block === undefined) throw new RangeFullError()
    return block.range.network
  }

  /** Gives an address back that the Service has. Somebody else's is left alone. */
  release(ip: string, service: Service): Promise<void> {
    return deleteOwn(this.#rest, this.entry, ip, object => belongsTo(object as IPAddress, service))
  }
}
