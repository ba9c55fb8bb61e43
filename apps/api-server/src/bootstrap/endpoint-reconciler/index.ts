/** How the endpoints of the Service `kubernetes` follow the api-servers: `--endpoint-reconciler-type`. */
import type { Rest } from '../../resources/rest.ts'
import { type EndpointPorts, judge, sameAddresses, subsetsOf, withOurs } from './addresses.ts'
import { MasterLeases } from './master-leases.ts'
import { writeEndpoints } from './write-endpoints.ts'

export type EndpointReconcilerType = 'lease' | 'master-count' | 'none'

export interface EndpointReconciler {
  /** Takes our address in, and others out. `withPorts`: corrects the ports too, which a start does. */
  reconcile(withPorts: boolean): Promise<void>
  /** Takes our address out. */
  remove(): Promise<void>
}

export interface EndpointReconcilerOptions {
  rest: Rest
  address: string
  ports: EndpointPorts
  /** `--apiserver-count`, for `master-count`. */
  count: number
}

export function endpointReconciler(
  type: EndpointReconcilerType,
  options: EndpointReconcilerOptions,
): EndpointReconciler {
  if (type === 'lease') return new LeaseReconciler(options)
  return type === 'master-count' ? new MasterCountReconciler(options) : noReconciler
}

const noReconciler: EndpointReconciler = { reconcile: async () => undefined, remove: async () => undefined }

/** The endpoints are those whose leases live: a server that dies is gone after fifteen seconds, when another one looks. */
class LeaseReconciler implements EndpointReconciler {
  readonly #options: EndpointReconcilerOptions
  readonly #leases: MasterLeases

  constructor(options: EndpointReconcilerOptions) {
    this.#options = options
    this.#leases = new MasterLeases(options.rest)
  }

  async reconcile(withPorts: boolean): Promise<void> {
    await this.#leases.renew(this.#options.address)
    const addresses = await this.#leases.list()
    // ours stands there: an empty list is a store that has lost something
    if (addresses.length === 0)
      throw new Error(
        'no API server IP addresses were listed in storage, refusing to erase all endpoints for the kubernetes Service',
      )
    await this.#write(addresses, withPorts, true)
  }

  async remove(): Promise<void> {
    await this.#leases.remove(this.#options.address)
    await this.#write(await this.#leases.list(), true, false)
  }

  async #write(addresses: readonly string[], withPorts: boolean, create: boolean): Promise<void> {
    const { rest, ports } = this.#options
    await writeEndpoints(rest, present => {
      if (present === undefined) return create ? subsetsOf(addresses, ports) : undefined
      const verdict = judge(present, there => sameAddresses(there, addresses), withPorts ? ports : undefined)
      if (verdict.format && verdict.addresses && verdict.ports) return undefined
      const kept = verdict.format && verdict.ports ? ((present[0]?.ports ?? ports) as EndpointPorts) : ports
      return subsetsOf(addresses, kept)
    })
  }
}

/** As many endpoints as there should be servers: one that dies stays until another comes. */
class MasterCountReconciler implements EndpointReconciler {
  readonly #options: EndpointReconcilerOptions

  constructor(options: EndpointReconcilerOptions) {
    this.#options = options
  }

  async reconcile(withPorts: boolean): Promise<void> {
    const { rest, address, ports, count } = this.#options
    await writeEndpoints(rest, present => {
      if (present === undefined) return subsetsOf([address], ports)
      const right = (there: readonly string[]) => there.includes(address) && there.length <= count
      const verdict = judge(present, right, withPorts ? ports : undefined)
      if (!verdict.format) return subsetsOf([address], ports)
      if (verdict.addresses && verdict.ports) return undefined
      const there = (present[0]?.addresses ?? []).map(({ ip }) => ip)
      const kept = verdict.ports ? ((present[0]?.ports ?? ports) as EndpointPorts) : ports
      return subsetsOf(verdict.addresses ? there : withOurs(there, address, count), kept)
    })
  }

  async remove(): Promise<void> {
    const { rest, address, ports } = this.#options
    await writeEndpoints(rest, present => {
      const [subset] = present ?? []
      if (subset === undefined) return undefined
      const left = (subset.addresses ?? []).map(({ ip }) => ip).filter(ip => ip !== address)
      return subsetsOf(left, (subset.ports ?? ports) as EndpointPorts)
    })
  }
}
