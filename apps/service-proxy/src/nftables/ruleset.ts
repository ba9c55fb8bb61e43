import { chooseEndpoints } from '../services/choose-endpoints.ts'
import { type Endpoint, externallyAccessible, type IpFamily, type ServicePort } from '../services/service-port.ts'
import { destination, endpointChainBase, portChainBase, rejectChain } from './names.ts'

/** The sets and maps whose elements follow the services. */
export const elementSets = {
  'cluster-ips': 'set',
  'nodeport-ips': 'set',
  'hairpin-connections': 'set',
  'service-ips': 'map',
  'service-nodeports': 'map',
  'no-endpoint-services': 'map',
  'no-endpoint-nodeports': 'map',
} as const satisfies Record<string, 'set' | 'map'>
export type ElementSet = keyof typeof elementSets

/** All of a table that follows the services: what stands around it never changes (`table.ts`). */
export interface Ruleset {
  /** Rules by chain. */
  readonly chains: ReadonlyMap<string, readonly string[]>
  /** Elements by set: key and verdict, which is '' in a set. */
  readonly elements: Readonly<Record<ElementSet, ReadonlyMap<string, string>>>
  /** Seconds that an entry stays, by affinity set. */
  readonly affinity: ReadonlyMap<string, number>
  /** Ports for which there are endpoints, but none on this node, where policy Local wants one. */
  readonly withoutLocal: { internal: number; external: number }
}

export interface RulesetOptions {
  family: IpFamily
  /** Pods' addresses; none: nothing is known of where traffic comes from, and nothing is masqueraded for it. */
  clusterCidr?: string | undefined
  /** Marks what is masqueraded on its way out: `0x4000`. */
  mark: string
  /** Where Services' addresses come from: packets to those that are not given out are dropped. */
  serviceCidrs: readonly string[]
  /** The node's addresses at which node ports answer, where the table does not say `everywhere`. */
  nodePortIps: readonly string[]
}

/** The rules for these ports. Pure: the same ports give the same text. */
export function ruleset(ports: readonly ServicePort[], options: RulesetOptions): Ruleset {
  const ip = options.family === 'IPv4' ? 'ip' : 'ip6'
  const masquerade = `mark set mark or ${options.mark}`
  const chains = new Map<string, readonly string[]>()
  const affinity = new Map<string, number>()
  const elements = Object.fromEntries(Object.keys(elementSets).map(name => [name, new Map()])) as Record<
    ElementSet,
    Map<string, string>
  >
  const withoutLocal = { internal: 0, external: 0 }

  chains.set('cluster-ips-check', [
    `${ip} daddr @cluster-ips reject comment "Reject traffic to invalid ports of ClusterIPs"`,
    ...(options.serviceCidrs.length > 0
      ? [`${ip} daddr { ${options.serviceCidrs.join(', ')} } drop comment "Drop traffic to unallocated ClusterIPs"`]
      : []),
  ])

  for (const address of options.nodePortIps) elements['nodeport-ips'].set(address, '')
  for (const port of ports) {
    const { protocol } = port
    const { cluster, local, reachable, any } = chooseEndpoints(port)
    const base = portChainBase(port)
    const [clusterChain, localChain, externalChain] = [`service-${base}`, `local-${base}`, `external-${base}`]
    const internal = port.internalLocal ? local : any ? [true] : []
    const external = port.externalLocal ? local : any ? [true] : []

    if (cluster.length > 0) chains.set(clusterChain, spread(port, cluster))
    if (local.length > 0) chains.set(localChain, spread(port, local))
    for (const endpoint of reachable) {
      if (endpoint.local)
        elements['hairpin-connections'].set(`${endpoint.ip} . ${endpoint.ip} . ${protocol} . ${endpoint.port}`, '')
      if (port.affinitySeconds === undefined) continue
      const endpointBase = endpointChainBase(port, endpoint)
      affinity.set(`affinity-${endpointBase}`, port.affinitySeconds)
      chains.set(`endpoint-${endpointBase}`, [
        `update @affinity-${endpointBase} { ${ip} saddr }`,
        `meta l4proto ${protocol} dnat to ${destination(endpoint)}`,
      ])
    }

    // no endpoint at all is a refusal, one that policy Local keeps from being used is silence
    const refusal = any ? 'drop' : `goto ${rejectChain}`
    const front = (address: string) => `${address} . ${protocol} . ${port.port}`
    elements['cluster-ips'].set(port.clusterIP, '')
    if (internal.length > 0)
      elements['service-ips'].set(front(port.clusterIP), `goto ${port.internalLocal ? localChain : clusterChain}`)
    else {
      elements['no-endpoint-services'].set(front(port.clusterIP), refusal)
      if (any) withoutLocal.internal++
    }

    if (!externallyAccessible(port)) continue
    if (any) chains.set(externalChain, externalRules())
    if (any && external.length === 0) withoutLocal.external++
    for (const address of port.externalIPs) {
      if (any) elements['service-ips'].set(front(address), `goto ${externalChain}`)
      if (external.length === 0) elements['no-endpoint-services'].set(front(address), refusal)
    }
    if (port.nodePort !== 0) {
      if (any) elements['service-nodeports'].set(`${protocol} . ${port.nodePort}`, `goto ${externalChain}`)
      if (external.length === 0) elements['no-endpoint-nodeports'].set(`${protocol} . ${port.nodePort}`, refusal)
    }

    function externalRules(): string[] {
      // an endpoint elsewhere must answer through this node
      if (!port.externalLocal) return [masquerade, `goto ${clusterChain}`]
      return [
        // pods and the node itself are inside: policy Local is for what comes from outside
        ...(options.clusterCidr ? [`${ip} saddr ${options.clusterCidr} goto ${clusterChain}`] : []),
        `fib saddr type local ${masquerade}`,
        `fib saddr type local goto ${clusterChain}`,
        ...(external.length > 0 ? [`goto ${localChain}`] : []),
      ]
    }
  }
  return { chains, elements, affinity, withoutLocal }

  function spread(port: ServicePort, to: readonly Endpoint[]): string[] {
    const choices = (text: (endpoint: Endpoint) => string) =>
      to.map((endpoint, i) => `${i} : ${text(endpoint)}`).join(', ')
    const pick = `numgen random mod ${to.length}`
    if (port.affinitySeconds === undefined)
      return [
        `meta l4proto ${port.protocol} dnat ${ip} addr . port to ${pick} map { ${choices(e => `${e.ip} . ${e.port}`)} }`,
      ]
    return [
      ...to.map(endpoint => {
        const base = endpointChainBase(port, endpoint)
        return `${ip} saddr @affinity-${base} goto endpoint-${base}`
      }),
      `${pick} vmap { ${choices(endpoint => `goto endpoint-${endpointChainBase(port, endpoint)}`)} }`,
    ]
  }
}
