import type { IPAddress, Service } from '@kubets/api-types'
import { sleep } from '@kubets/component'
import { prefixEnd } from '@kubets/storage'
import type { WriteHook } from '../resources/hooks.ts'
import { ownEntry } from '../resources/own-writes.ts'
import { keyOf, type Rest } from '../resources/rest.ts'
import { DefaultServiceCidr } from './default-service-cidr.ts'
import type { ClusterFamilies } from './ip-families.ts'
import { type IpFamily, parseServiceRanges } from './ip-range.ts'
import { parsePortRange } from './port-range.ts'
import { NodePortRegistry } from './range-allocation.ts'
import { IpAddressRepair } from './repair-ip-addresses.ts'
import { NodePortRepair } from './repair-node-ports.ts'
import { serviceHook } from './service-hook.ts'

export interface ServicesOptions {
  rest: Rest
  /** `10.96.0.0/16`, or one block of each family: `10.96.0.0/16,fd00:10:96::/112`. */
  serviceClusterIpRange: string
  /** Inclusive: `30000-32767`. */
  serviceNodePortRange: string
}

export interface RunningServices extends AsyncDisposable {
  /** To be asked at each write of a Service. */
  readonly hook: WriteHook
}

const needed = [
  ['', 'services'],
  ['', 'endpoints'],
  ['', 'events'],
  ['networking.k8s.io', 'ipaddresses'],
  ['networking.k8s.io', 'servicecidrs'],
] as const

/** Upstream's intervals. */
const cidrInterval = 10_000
const repairInterval = 180_000

/**
 * The state that Services take addresses and ports from, and the loops that keep it true. Resolves when both have been looked at once: from
 * then on Services can be written.
 */
export async function startServices(options: ServicesOptions): Promise<RunningServices> {
  const { rest } = options
  // a catalogue of other kinds has no Services that need them
  if (!needed.every(([group, resource]) => rest.catalogue.byResource(group, 'v1', resource))) {
    return { hook: {}, [Symbol.asyncDispose]: async () => {} }
  }
  const ranges = parseServiceRanges(options.serviceClusterIpRange)
  const families = ranges.map(({ family }) => family) as IpFamily[] as unknown as ClusterFamilies
  const nodePorts = new NodePortRegistry(rest.store, parsePortRange(options.serviceNodePortRange))
  const cidr = new DefaultServiceCidr(
    rest,
    ranges.map(({ text }) => text),
  )
  const addressRepair = new IpAddressRepair(rest)
  const portRepair = new NodePortRepair(rest, nodePorts)

  await cidr.sync()
  await Promise.all([addressRepair.run(), portRepair.run()])

  const stop = new AbortController()
  const every = async (interval: number, what: string, run: () => Promise<void>) => {
    while (!stop.signal.aborted) {
      await sleep(interval, stop.signal, rest.clock)
      if (stop.signal.aborted) return
      await run().catch(error => rest.logger.warn({ err: error }, `${what} not checked`))
    }
  }
  const loops = Promise.all([
    every(cidrInterval, 'The default ServiceCIDR', () => cidr.sync()),
    every(repairInterval, 'Node ports', () => portRepair.run()),
    every(repairInterval, 'IPAddresses', () => addressRepair.run()),
    followChanges(rest, addressRepair, stop.signal),
  ])
  return {
    hook: serviceHook({ rest, families, nodePorts }),
    async [Symbol.asyncDispose]() {
      stop.abort()
      await loops
    },
  }
}

/** An IPAddress that somebody deletes, or a Service that changes, is looked at at once; the loop above finds what this misses. */
async function followChanges(rest: Rest, repair: IpAddressRepair, signal: AbortSignal): Promise<void> {
  const services = ownEntry(rest, '', 'services')
  const addresses = ownEntry(rest, 'networking.k8s.io', 'ipaddresses')
  /** Keys of the Services whose address has gone: few at a time, since only deletions bring them. */
  const queue = new Set<string>()
  let wake = Promise.withResolvers<void>()
  signal.addEventListener('abort', () => wake.resolve(), { once: true })
  const follow = (after: number) =>
    rest.cache.watch({
      start: addresses.storagePrefix,
      end: prefixEnd(addresses.storagePrefix),
      after,
      signal,
      onEvents: events => {
        for (const { type, entry } of events) {
          if (type !== 'DELETED') continue
          const { spec } = rest.codec.decode(addresses, entry.bytes) as IPAddress
          const { resource, namespace = '', name = '' } = spec?.parentRef ?? {}
          if (resource === 'services') queue.add(keyOf(services, namespace, name))
        }
        if (queue.size > 0) wake.resolve()
      },
      onEnd: () => {
        if (!signal.aborted) setImmediate(() => !signal.aborted && follow(rest.cache.revision))
      },
    })
  follow(rest.cache.revision)
  while (!signal.aborted) {
    await wake.promise
    wake = Promise.withResolvers()
    for (const key of queue) {
      queue.delete(key)
      if (signal.aborted) return
      try {
        const { kv } = await rest.store.get(key)
        if (kv !== undefined) await repair.syncService(rest.codec.decode(services, kv.value) as Service)
      } catch (error) {
        rest.logger.warn({ err: error, key }, 'A Service whose IPAddress went was not checked')
      }
    }
  }
}
