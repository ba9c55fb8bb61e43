import { needsHealthCheck, type Service } from '@kubets/api-types'
import type { WriteHook } from '../resources/hooks.ts'
import { ownEntry } from '../resources/own-writes.ts'
import { keyOf, type Rest } from '../resources/rest.ts'
import { alignClusterIps, keepAllocated } from './client-intent.ts'
import { allocateClusterIps, updateClusterIps } from './cluster-ips.ts'
import { IpAddresses } from './ip-addresses.ts'
import { type ClusterFamilies, fillIpFamilies } from './ip-families.ts'
import { allocateNodePorts, nodePortsOf, PortOperation, releasePorts, updateNodePorts } from './node-ports.ts'
import type { NodePortRegistry } from './range-allocation.ts'
import { Transaction } from './transaction.ts'

/** An ExternalName has none that means anything; older versions set it, so it is taken and not shown. What is no policy is refused later. */
function dropInternalTrafficPolicy({ spec }: Service): void {
  const policy = spec?.internalTrafficPolicy
  if (spec?.type === 'ExternalName' && (policy === 'Cluster' || policy === 'Local')) delete spec.internalTrafficPolicy
}

export interface ServiceHookOptions {
  rest: Rest
  /** The default family first. */
  families: ClusterFamilies
  nodePorts: NodePortRegistry
}

/**
 * Gives Services their cluster IPs and node ports. What is taken stands in the store and nowhere else, so any number of api-servers may write
 * it at once.
 */
export function serviceHook({ rest, families, nodePorts }: ServiceHookOptions): WriteHook {
  const addresses = new IpAddresses(rest)
  const endpoints = ownEntry(rest, '', 'endpoints')

  async function begin(service: Service, old: Service | undefined, dryRun: boolean) {
    if (old !== undefined) keepAllocated(service, old)
    alignClusterIps(service, old)
    dropInternalTrafficPolicy(service)
    const transaction = new Transaction(rest.logger)
    const ips = { addresses, transaction, dryRun }
    const ports = new PortOperation(nodePorts, transaction, dryRun)
    try {
      fillIpFamilies(service, old, families)
      if (old === undefined) {
        await allocateClusterIps(service, ips)
        await allocateNodePorts(service, ports)
      } else {
        await updateClusterIps(service, old, ips)
        await updateNodePorts(service, old, ports)
      }
    } catch (error) {
      await transaction.finish(false)
      throw error
    }
    return transaction.finish
  }

  return {
    beginCreate: (service, dryRun) => begin(service as Service, undefined, dryRun),
    beginUpdate: (service, old, dryRun) => begin(service as Service, old as Service, dryRun),
    async afterDelete(object) {
      const service = object as Service
      const log = (error: unknown) =>
        rest.logger.warn({ err: error, service: service.metadata?.name }, 'Giving back what a Service had failed')
      await deleteEndpoints(service).catch(log)
      for (const ip of service.spec?.clusterIPs ?? []) {
        if (ip !== '' && ip !== 'None') await addresses.release(ip, service).catch(log)
      }
      const health = needsHealthCheck(service) ? (service.spec?.healthCheckNodePort ?? 0) : 0
      const held = [...nodePortsOf(service), ...(health === 0 ? [] : [health])]
      await releasePorts(nodePorts, held).catch(log)
    },
  }

  /** A new Service of the name must not begin with the old one's endpoints. */
  async function deleteEndpoints({ metadata }: Service): Promise<void> {
    const key = keyOf(endpoints, metadata?.namespace ?? '', metadata?.name ?? '')
    const { kv } = await rest.store.get(key)
    if (kv !== undefined) await rest.store.delete({ key, expected: kv.modRevision })
  }
}
