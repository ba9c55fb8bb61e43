import type { IPAddress, KubeObject, ResourceEntry, Service } from '@kubets/api-types'
import { ipFamilyOf } from '@kubets/apimachinery'
import { prefixEnd } from '@kubets/storage'
import { createOwn, deleteOwn, ownEntry } from '../resources/own-writes.ts'
import { keyOf, type Rest } from '../resources/rest.ts'
import { addressObject, belongsTo, familyLabel, managedBy, managedByLabel } from './ip-addresses.ts'
import { Recorder } from './recorder.ts'
import { serviceBlocks } from './service-cidrs.ts'

/** A request lasts no longer: an address without its Service that is older has leaked. */
const requestLimit = 60_000
/** A refused write gives its address back within this time. */
const revertLimit = 5_000

const ofService = 'ClusterIPAllocation'
const ofAddress = 'IPAddressAllocation'

/**
 * Holds Services and IPAddress objects together: each cluster IP has one object that names the Service, and no object of ours is there without
 * its Service.
 */
export class IpAddressRepair {
  readonly #rest: Rest
  readonly #recorder: Recorder
  readonly #services: ResourceEntry
  readonly #addresses: ResourceEntry

  constructor(rest: Rest) {
    this.#rest = rest
    this.#recorder = new Recorder(rest, 'ipallocator-repair-controller')
    this.#services = ownEntry(rest, '', 'services')
    this.#addresses = ownEntry(rest, 'networking.k8s.io', 'ipaddresses')
  }

  /** Looks at all of them. */
  async run(): Promise<void> {
    const snapshot = await this.#rest.cache.consistentSnapshot()
    const all = ({ storagePrefix }: ResourceEntry) => snapshot.range(storagePrefix, prefixEnd(storagePrefix))
    for (const { bytes, modRevision } of all(this.#services)) {
      await this.syncService(this.#decode(this.#services, bytes, modRevision) as Service)
    }
    for (const { bytes, modRevision } of all(this.#addresses)) {
      await this.syncAddress(this.#decode(this.#addresses, bytes, modRevision) as IPAddress)
    }
  }

  /** The newest state: what the cache has may be older than what was just written. */
  async #read(entry: ResourceEntry, namespace: string, name: string): Promise<KubeObject | undefined> {
    const { kv } = await this.#rest.store.get(keyOf(entry, namespace, name))
    return kv === undefined ? undefined : this.#decode(entry, kv.value, kv.modRevision)
  }

  /** With its resourceVersion, which events name. */
  #decode(entry: ResourceEntry, bytes: Uint8Array, revision: number): KubeObject {
    const object = this.#rest.codec.decode(entry, bytes)
    object.metadata = { ...object.metadata, resourceVersion: String(revision) }
    return object
  }

  /** Looks at the Service of a name, as it is now. */
  async checkService(namespace: string, name: string): Promise<void> {
    const service = await this.#read(this.#services, namespace, name)
    if (service !== undefined) await this.syncService(service as Service)
  }

  /** Looks at the address of a name, as it is now. */
  async checkAddress(ip: string): Promise<void> {
    const address = await this.#read(this.#addresses, '', ip)
    if (address !== undefined) await this.syncAddress(address as IPAddress)
  }

  async #recreate(ip: string, service: Service): Promise<void> {
    await deleteOwn(this.#rest, this.#addresses, ip)
    await createOwn(this.#rest, this.#addresses, addressObject(ip, service) as KubeObject)
  }

  async syncService(service: Service): Promise<void> {
    const { namespace = '', name = '' } = service.metadata ?? {}
    const { clusterIP = '', clusterIPs = [] } = service.spec ?? {}
    if (clusterIP === '' || clusterIP === 'None') return
    const regarding = { ...service, apiVersion: 'v1', kind: 'Service' } as KubeObject
    const warn = (reason: string, note: string, action = ofService) =>
      this.#recorder.warn({ regarding, reason, action, note })
    for (const ip of clusterIPs) {
      const family = ipFamilyOf(ip)
      if (family === undefined) {
        await warn(
          'ClusterIPNotValid',
          `Cluster IP ${ip} is not a valid IP; please recreate Service`,
          'ClusterIPValidation',
        )
        continue
      }
      if (!serviceBlocks(this.#rest).some(({ range }) => range.contains(ip))) {
        const text = `Cluster IP [${family}]: ${ip} is not within any configured Service CIDR; please recreate service`
        await warn('ClusterIPOutOfRange', text)
        continue
      }
      const address = (await this.#read(this.#addresses, '', ip)) as IPAddress | undefined
      if (address === undefined) {
        // it may have gone since we heard of it
        const present = (await this.#read(this.#services, namespace, name)) as Service | undefined
        if (!present?.spec?.clusterIPs?.includes(ip)) continue
        await warn('ClusterIPNotAllocated', `Cluster IP [${family}]: ${ip} is not allocated; repairing`)
        await createOwn(this.#rest, this.#addresses, addressObject(ip, service) as KubeObject)
        continue
      }
      const parent = address.spec?.parentRef
      const wrong = `the ClusterIP [${family}]: ${ip} for Service ${namespace}/${name} has a wrong reference; repairing`
      if (parent?.group || parent?.resource !== 'services') {
        await warn('ClusterIPNotAllocated', wrong)
        await this.#recreate(ip, service)
        continue
      }
      if (!belongsTo(address, service)) {
        const other = await this.#read(this.#services, parent.namespace ?? '', parent.name)
        if (other === undefined) {
          await warn('ClusterIPNotAllocated', wrong)
          await this.#recreate(ip, service)
          continue
        }
        if ((other as Service).spec?.clusterIPs?.includes(ip)) {
          const text = `Cluster IP [${family}]:${ip} was assigned to multiple services; please recreate service`
          await warn('ClusterIPAlreadyAllocated', text)
        }
        continue
      }
      const { [familyLabel]: labelled, [managedByLabel]: manager } = address.metadata?.labels ?? {}
      if (labelled !== family || manager !== managedBy) await this.#recreate(ip, service)
    }
  }

  /** Looks at one address of ours. Resolves with the milliseconds after which it must be looked at again, 0 for never. */
  async syncAddress(address: IPAddress): Promise<number> {
    const { name: ip = '', labels = {}, uid } = address.metadata ?? {}
    if (labels[managedByLabel] !== managedBy) return 0
    const regarding = { ...address, apiVersion: 'networking.k8s.io/v1', kind: 'IPAddress' } as KubeObject
    const remove = async (reason: string, note: string) => {
      await this.#recorder.warn({ regarding, reason, action: ofAddress, note })
      await deleteOwn(this.#rest, this.#addresses, ip, object => object.metadata?.uid === uid)
    }
    const parent = address.spec?.parentRef
    if (parent?.group || parent?.resource !== 'services') {
      const text = `IPAddress ${ip} appears to have been modified, not referencing a Service ${goReference(parent)}: cleaning up`
      await remove('IPAddressNotAllocated', text)
      return 0
    }
    const created = Date.parse(String(address.metadata?.creationTimestamp ?? ''))
    const age = this.#rest.clock.now() - created
    const where = `${parent.namespace ?? ''}/${parent.name}`
    const service = (await this.#read(this.#services, parent.namespace ?? '', parent.name)) as Service | undefined
    if (service === undefined) {
      // its Service may be on its way into the store
      if (age <= requestLimit) return requestLimit - age + 1
      await remove('IPAddressNotAllocated', `IPAddress: ${ip} for Service ${where} appears to have leaked: cleaning up`)
      return 0
    }
    if (service.spec?.clusterIPs?.includes(ip)) return 0
    if (service.spec?.type === 'ExternalName' && age < requestLimit) return requestLimit - age + 1
    const born = Date.parse(String(service.metadata?.creationTimestamp ?? ''))
    if (created >= born && age < revertLimit) return revertLimit
    await remove('IPAddressWrongReference', `IPAddress: ${ip} for Service ${where} has a wrong reference; cleaning up`)
    return 0
  }
}

/** A reference as Go prints it. */
const goReference = (parent: NonNullable<IPAddress['spec']>['parentRef'] | undefined) =>
  parent === undefined
    ? 'nil'
    : `&ParentReference{Group:${parent.group ?? ''},Resource:${parent.resource},Namespace:${parent.namespace ?? ''},Name:${parent.name},}`
