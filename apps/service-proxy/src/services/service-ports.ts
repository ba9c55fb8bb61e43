import type { EndpointSlice, Service } from '@kubets/api-types'
import { type Endpoint, familyOf, type IpFamily, type Protocol, type ServicePort } from './service-port.ts'

export const serviceNameLabel = 'kubernetes.io/service-name'
/** Services that somebody else proxies, and headless ones, are not followed at all. */
export const followed = '!service.kubernetes.io/headless,!service.kubernetes.io/service-proxy-name'

const defaultAffinity = 10_800

/** What the rules of one family are made from: every port of every service with a cluster IP of that family, in a stable order. */
export function servicePorts(
  services: Iterable<Service>,
  slicesOf: (namespace: string, name: string) => readonly EndpointSlice[],
  family: IpFamily,
  nodeName: string,
): ServicePort[] {
  const found: ServicePort[] = []
  for (const { metadata, spec } of services) {
    const clusterIPs = spec?.clusterIPs?.length ? spec.clusterIPs : [spec?.clusterIP ?? '']
    const clusterIP = clusterIPs.find(ip => ip !== '' && ip !== 'None' && familyOf(ip) === family)
    if (spec === undefined || clusterIP === undefined || spec.type === 'ExternalName') continue
    const { namespace = '', name = '' } = metadata ?? {}
    const slices = slicesOf(namespace, name).filter(slice => slice.addressType === family)
    const takesExternal = spec.type === 'NodePort' || spec.type === 'LoadBalancer'
    for (const port of spec.ports ?? []) {
      const protocol = (port.protocol ?? 'TCP').toLowerCase() as Protocol
      const portName = port.name ?? ''
      found.push({
        namespace,
        name,
        portName,
        protocol,
        clusterIP,
        port: port.port,
        nodePort: takesExternal ? (port.nodePort ?? 0) : 0,
        externalIPs: (spec.externalIPs ?? []).filter(ip => familyOf(ip) === family),
        affinitySeconds:
          spec.sessionAffinity === 'ClientIP'
            ? (spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? defaultAffinity)
            : undefined,
        internalLocal: spec.internalTrafficPolicy === 'Local',
        externalLocal: spec.externalTrafficPolicy === 'Local',
        endpoints: endpoints(slices, portName, protocol, nodeName),
      })
    }
  }
  return found.sort((a, b) => compare(portKey(a), portKey(b)))
}

/** `namespace/name:port/protocol`: upstream's identity of a service's port. */
export const portKey = ({ namespace, name, portName, protocol }: ServicePort) =>
  `${namespace}/${name}:${portName}/${protocol}`

function endpoints(
  slices: readonly EndpointSlice[],
  portName: string,
  protocol: Protocol,
  nodeName: string,
): Endpoint[] {
  // an endpoint that moves between slices is for a moment in both: the ready one counts
  const byAddress = new Map<string, Endpoint>()
  for (const slice of slices)
    for (const slicePort of slice.ports ?? []) {
      if ((slicePort.name ?? '') !== portName || (slicePort.protocol ?? 'TCP').toLowerCase() !== protocol) continue
      if (slicePort.port === undefined) continue
      for (const { addresses, conditions, nodeName: on } of slice.endpoints ?? []) {
        const ip = addresses[0]
        if (ip === undefined) continue
        const ready = conditions?.ready ?? true
        const key = `${ip} ${slicePort.port}`
        if (byAddress.get(key)?.ready) continue
        byAddress.set(key, {
          ip,
          port: slicePort.port,
          ready,
          serving: conditions?.serving ?? ready,
          terminating: conditions?.terminating ?? false,
          local: on === nodeName,
        })
      }
    }
  return [...byAddress].sort(([a], [b]) => compare(a, b)).map(([, endpoint]) => endpoint)
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
