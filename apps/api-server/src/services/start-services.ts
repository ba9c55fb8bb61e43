import type { IPAddress } from '@kubets/api-types'
import { sleep } from '@kubets/component'
import { type CacheEvent, ExpiredError, prefixEnd, RebuildingError } from '@kubets/storage'
import type { WriteHook } from '../resources/hooks.ts'
import { ownEntry } from '../resources/own-writes.ts'
import type { Rest } from '../resources/rest.ts'
import { DefaultServiceCidr } from './default-service-cidr.ts'
import { managedBy, managedByLabel } from './ip-addresses.ts'
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

/**
 * An IPAddress that somebody deletes, or that says it is ours and belongs to something else, is looked at at once; the loop above finds what
 * this misses.
 */
async function followChanges(rest: Rest, repair: IpAddressRepair, signal: AbortSignal): Promise<void> {
  const addresses = ownEntry(rest, 'networking.k8s.io', 'ipaddresses')
  /** What is to be looked at, each once: bounded by what was deleted or oddly made since the last round. */
  const queue = new Map<string, () => Promise<void>>()
  let wake = Promise.withResolvers<void>()
  signal.addEventListener('abort', () => wake.resolve(), { once: true })
  const look = ({ type, entry }: CacheEvent) => {
    const { metadata, spec } = rest.codec.decode(addresses, entry.bytes) as IPAddress
    const { group, resource, namespace = '', name = '' } = spec?.parentRef ?? {}
    const ofService = !group && resource === 'services'
    const ip = metadata?.name ?? ''
    if (type === 'DELETED') {
      if (ofService) queue.set(`${namespace}/${name}`, () => repair.checkService(namespace, name))
    } else if (!ofService && metadata?.labels?.[managedByLabel] === managedBy) {
      queue.set(ip, () => repair.checkAddress(ip))
    }
  }
  const begin = () =>
    rest.cache.watch({
      start: addresses.storagePrefix,
      end: prefixEnd(addresses.storagePrefix),
      after: rest.cache.revision,
      signal,
      onEvents: events => {
        for (const event of events) look(event)
        if (queue.size > 0) wake.resolve()
      },
      onEnd: () => {
        if (!signal.aborted) setImmediate(() => void follow())
      },
    })
  const follow = async (): Promise<void> => {
    while (!signal.aborted)
      try {
        await rest.cache.settled(signal)
        if (!signal.aborted) begin()
        return
      } catch (error) {
        // the cache is being rebuilt
        if (error instanceof RebuildingError || error instanceof ExpiredError) continue
        if (!signal.aborted) rest.logger.warn({ err: error }, 'IPAddresses are not followed')
        return
      }
  }
  await follow()
  while (!signal.aborted) {
    await wake.promise
    wake = Promise.withResolvers()
    for (const [key, check] of queue) {
      queue.delete(key)
      if (signal.aborted) return
      await check().catch(error => rest.logger.warn({ err: error, key }, 'An IPAddress was not checked'))
    }
  }
}
