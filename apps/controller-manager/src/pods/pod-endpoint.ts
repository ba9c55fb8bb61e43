import { isIPv6 } from 'node:net'
import type { Pod } from '@kubets/api-types'

export interface NamedPort {
  readonly name: string
  readonly protocol: string
  readonly port: number
}

/** What Services need to know of a pod to lead to it. */
export interface PodEndpoint {
  readonly ips: readonly string[]
  readonly hostname: string
  readonly subdomain: string
  /** Ports of its containers, and of those that run beside them, that a Service may call by name. */
  readonly ports: readonly NamedPort[]
}

const noPorts: readonly NamedPort[] = []

export function podEndpoint({ spec, status }: Pod): PodEndpoint {
  const listed = (status?.podIPs ?? []).map(({ ip }) => ip ?? '')
  const ips = (listed.length > 0 ? listed : [status?.podIP ?? '']).filter(ip => ip !== '')
  const sidecars = (spec?.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always')
  const ports = [...(spec?.containers ?? []), ...sidecars].flatMap(container =>
    (container.ports ?? []).flatMap(({ name = '', protocol = 'TCP', containerPort }) =>
      name === '' ? [] : [{ name, protocol, port: containerPort }],
    ),
  )
  return {
    ips,
    hostname: spec?.hostname ?? '',
    subdomain: spec?.subdomain ?? '',
    ports: ports.length === 0 ? noPorts : ports,
  }
}

export const familyOf = (ip: string): 'IPv4' | 'IPv6' => (isIPv6(ip) ? 'IPv6' : 'IPv4')

export function sameEndpoint(a: PodEndpoint, b: PodEndpoint): boolean {
  return a.ips.join() === b.ips.join() && a.hostname === b.hostname && a.subdomain === b.subdomain
}
