import { randomInt } from 'node:crypto'
import type { KubeObject, Service } from '@kubets/api-types'
import { field, internalError, invalid } from '@kubets/apimachinery'
import { prefixEnd, type WatchCache } from '@kubets/storage'
import type { WriteHook } from '../resources/hooks.ts'
import { type IpRange, parseIpRange } from './ip-range.ts'
import { Pool } from './pool.ts'

export interface ServiceAllocatorOptions {
  cache: WatchCache
  serviceClusterIpRange: string
  /** Inclusive: `30000-32767`. */
  serviceNodePortRange: string
  signal: AbortSignal
}

interface Ports {
  readonly first: number
  readonly last: number
}

const prefix = '/registry/services/specs/'

/**
 * Gives Services their cluster IPs and node ports. What is taken is read from the stored Services at the start and kept up with
 * the watch cache; one api-server writes a store at a time, so the memory of this process is the truth between two writes.
 */
export function serviceAllocator(options: ServiceAllocatorOptions): WriteHook {
  const { cache } = options
  const range = parseIpRange(options.serviceClusterIpRange)
  const ports = parsePortRange(options.serviceNodePortRange)
  const ips = new Pool<string>()
  const nodePorts = new Pool<string>()
  const claim = (service: Service) => {
    const owner = ownerOf(service)
    for (const ip of addressesOf(service)) ips.take(ip, owner)
    for (const port of portsOf(service)) nodePorts.take(port, owner)
  }
  const release = (service: Service, kept?: Service) => {
    const owner = ownerOf(service)
    const keptIps = new Set(kept === undefined ? [] : addressesOf(kept))
    const keptPorts = new Set(kept === undefined ? [] : portsOf(kept))
    for (const ip of addressesOf(service)) if (!keptIps.has(ip)) ips.release(ip, owner)
    for (const port of portsOf(service)) if (!keptPorts.has(port)) nodePorts.release(port, owner)
  }
  const snapshot = cache.snapshot()
  // the `kubernetes` Service has the first address, also before it is stored
  ips.take(range.address(0), 'default/kubernetes')
  for (const entry of snapshot.range(prefix, prefixEnd(prefix))) claim(parse(entry.bytes))
  follow(snapshot.revision)
  return {
    beginCreate: service => allocate(service as Service, undefined),
    beginUpdate: (service, old) => allocate(service as Service, old as Service),
  }

  /** Follows what others delete; after the cache was rebuilt, from its present state on. */
  function follow(after: number): void {
    cache.watch({
      start: prefix,
      end: prefixEnd(prefix),
      after,
      signal: options.signal,
      onEvents: events => {
        for (const event of events) {
          if (event.type === 'DELETED') release(parse(event.entry.bytes))
          else {
            const now = parse(event.entry.bytes)
            claim(now)
            if (event.previous !== undefined) release(parse(event.previous.bytes), now)
          }
        }
      },
      onEnd: () => {
        if (!options.signal.aborted) setImmediate(() => !options.signal.aborted && follow(cache.revision))
      },
    })
  }

  /** Fills in and takes what the service needs. Returns how to give it back; throws 422 having taken nothing. */
  function allocate(service: Service, old: Service | undefined): () => void {
    const undo: (() => void)[] = []
    try {
      takeAddresses(service, old, undo)
      takeNodePorts(service, undo)
    } catch (error) {
      for (const step of undo) step()
      throw error
    }
    return () => {
      for (const step of undo) step()
    }
  }

  function takeAddresses(service: Service, old: Service | undefined, undo: (() => void)[]): void {
    const spec = service.spec
    if (spec === undefined || spec.type === 'ExternalName') return
    const owner = ownerOf(service)
    const name = service.metadata?.name ?? ''
    if (spec.clusterIP === 'None' || spec.clusterIPs?.[0] === 'None') {
      spec.clusterIP = 'None'
      spec.clusterIPs = ['None']
      fillFamilies(service, range)
      return
    }
    const asked = spec.clusterIP || spec.clusterIPs?.[0] || ''
    if (asked === '') {
      const kept = old?.spec?.clusterIP
      const ip = kept !== undefined && kept !== '' && kept !== 'None' ? kept : freeAddress(range, ips, owner)
      if (kept !== ip) undo.push(() => ips.release(ip, owner))
      spec.clusterIP = ip
      spec.clusterIPs = [ip]
    } else {
      const held = ips.has(asked)
      if (!range.contains(asked))
        throw wrongAddress(
          name,
          asked,
          `the provided IP (${asked}) is not in the valid range. The range of valid IPs is ${range.text}`,
        )
      if (!ips.take(asked, owner)) throw wrongAddress(name, asked, 'provided IP is already allocated')
      if (!held) undo.push(() => ips.release(asked, owner))
      spec.clusterIP = asked
      spec.clusterIPs = [asked]
    }
    fillFamilies(service, range)
  }

  function takeNodePorts(service: Service, undo: (() => void)[]): void {
    const spec = service.spec
    if (spec === undefined || (spec.type !== 'NodePort' && spec.type !== 'LoadBalancer')) return
    if (spec.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts === false) return
    const owner = ownerOf(service)
    const name = service.metadata?.name ?? ''
    for (const [index, port] of (spec.ports ?? []).entries()) {
      const protocol = port.protocol ?? 'TCP'
      const asked = port.nodePort ?? 0
      if (asked === 0) {
        port.nodePort = freePort(ports, nodePorts, protocol, owner)
        const taken = `${protocol}/${port.nodePort}`
        undo.push(() => nodePorts.release(taken, owner))
        continue
      }
      const key = `${protocol}/${asked}`
      const held = nodePorts.has(key)
      if (asked < ports.first || asked > ports.last)
        throw wrongPort(
          name,
          index,
          asked,
          `provided port is not in the valid range. The range of valid ports is ${ports.first}-${ports.last}`,
        )
      if (!nodePorts.take(key, owner)) throw wrongPort(name, index, asked, 'provided port is already allocated')
      if (!held) undo.push(() => nodePorts.release(key, owner))
    }
  }
}

function fillFamilies(service: Service, range: IpRange): void {
  const spec = service.spec
  if (spec === undefined) return
  spec.ipFamilies ??= [range.family]
  spec.ipFamilyPolicy ??= 'SingleStack'
}

/** A random free place first, then the next ones: with many taken, guessing alone would take long. */
function freeAddress(range: IpRange, ips: Pool<string>, owner: string): string {
  // place 0 is the `kubernetes` Service's
  const start = randomInt(1, range.size)
  for (let i = 0; i < range.size - 1; i++) {
    const ip = range.address(1 + ((start - 1 + i) % (range.size - 1)))
    if (!ips.has(ip) && ips.take(ip, owner)) return ip
  }
  throw internalError('failed to allocate a serviceIP: range is full')
}

function freePort({ first, last }: Ports, taken: Pool<string>, protocol: string, owner: string): number {
  const size = last - first + 1
  const start = randomInt(size)
  for (let i = 0; i < size; i++) {
    const port = first + ((start + i) % size)
    // a number is used by one service only, whatever the protocol: people read them without it
    if (!['TCP', 'UDP', 'SCTP'].some(p => taken.has(`${p}/${port}`)) && taken.take(`${protocol}/${port}`, owner))
      return port
  }
  throw internalError('failed to allocate a nodePort: range is full')
}

const wrongAddress = (name: string, ip: string, why: string) =>
  invalid('Service', name, [field.invalid('spec.clusterIPs', [ip], `failed to allocate IP ${ip}: ${why}`)])
const wrongPort = (name: string, index: number, port: number, why: string) =>
  invalid('Service', name, [field.invalid(`spec.ports[${index}].nodePort`, port, why)])

const ownerOf = (service: Service) => `${service.metadata?.namespace ?? ''}/${service.metadata?.name ?? ''}`
const addressesOf = (service: Service) => (service.spec?.clusterIPs ?? []).filter(ip => ip !== '' && ip !== 'None')
const portsOf = (service: Service) =>
  (service.spec?.ports ?? []).flatMap(p => (p.nodePort ? [`${p.protocol ?? 'TCP'}/${p.nodePort}`] : []))

function parse(bytes: Uint8Array): Service {
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')) as Service
  } catch {
    return {} as KubeObject as Service
  }
}

function parsePortRange(text: string): Ports {
  const match = /^(\d+)-(\d+)$/.exec(text)
  const first = Number(match?.[1])
  const last = Number(match?.[2])
  if (match === null || first < 1 || last > 65_535 || first > last)
    throw new Error(`invalid service node port range ${JSON.stringify(text)}: must be like 30000-32767`)
  return { first, last }
}
