import type { Endpoints } from '@kubets/api-types'
import { isHeadless, type ServiceInfo } from '../../informers/services.ts'
import { familyOf } from '../../pods/pod-endpoint.ts'
import type { PodInfo } from '../../pods/pod-info.ts'
import { hostnameIn, isReachable, targetPort } from '../../services/reachable-pods.ts'

export type Subset = NonNullable<Endpoints['subsets']>[number]
type Address = NonNullable<Subset['addresses']>[number]
type Port = NonNullable<Subset['ports']>[number]

interface Target {
  readonly address: Address
  readonly ready: boolean
}

/** Where a Service leads: ports that the same pods have stand together. */
export function subsetsOf(service: ServiceInfo, pods: readonly PodInfo[]): Subset[] {
  /** By port. */
  const groups = new Map<string, { port: Port | undefined; targets: Target[] }>()
  const put = (port: Port | undefined, target: Target) => {
    const key = JSON.stringify(port ?? '')
    const group = groups.get(key)
    if (group === undefined) groups.set(key, { port, targets: [target] })
    else group.targets.push(target)
  }
  for (const pod of pods) {
    if (!isReachable(pod, service.publishNotReadyAddresses)) continue
    const address = addressOf(service, pod)
    if (address === undefined) continue
    const target = { address, ready: service.publishNotReadyAddresses || pod.ready }
    if (service.ports.length === 0 && service.clusterIp === 'None') put(undefined, target)
    for (const { name, port, protocol, appProtocol, targetPort: wanted } of service.ports) {
      const number = targetPort(pod, { port, protocol, targetPort: wanted } as ServiceInfo['ports'][number])
      if (number === undefined) continue
      put(
        {
          ...(name ? { name } : {}),
          port: number,
          protocol: protocol ?? 'TCP',
          ...(appProtocol === undefined ? {} : { appProtocol }),
        },
        target,
      )
    }
  }
  return merged([...groups.values()])
}

function merged(groups: readonly { port: Port | undefined; targets: Target[] }[]): Subset[] {
  const subsets = new Map<string, { ports: Port[]; targets: readonly Target[] }>()
  for (const { port, targets } of groups) {
    const sorted = targets.toSorted((a, b) => (a.address.ip < b.address.ip ? -1 : a.address.ip > b.address.ip ? 1 : 0))
    const key = JSON.stringify(sorted)
    const subset = subsets.get(key) ?? { ports: [], targets: sorted }
    if (port !== undefined) subset.ports.push(port)
    subsets.set(key, subset)
  }
  return [...subsets]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { ports, targets }]) => {
      const ready = targets.filter(each => each.ready).map(({ address }) => address)
      const notReady = targets.filter(each => !each.ready).map(({ address }) => address)
      const text = (port: Port) => JSON.stringify([port.name ?? '', port.port, port.protocol])
      return {
        ...(ready.length === 0 ? {} : { addresses: ready }),
        ...(notReady.length === 0 ? {} : { notReadyAddresses: notReady }),
        ...(ports.length === 0 ? {} : { ports: ports.toSorted((a, b) => (text(a) < text(b) ? -1 : 1)) }),
      }
    })
}

/** In the Service's first family; nothing when the pod has none. */
function addressOf(service: ServiceInfo, pod: PodInfo): Address | undefined {
  const family = service.ipFamilies[0] ?? (isHeadless(service) ? undefined : familyOf(service.clusterIp))
  const ip = pod.endpoint.ips.find(each => family === undefined || familyOf(each) === family)
  if (ip === undefined) return undefined
  const hostname = hostnameIn(service, pod)
  return {
    ip,
    ...(hostname === undefined ? {} : { hostname }),
    ...(pod.nodeName === '' ? {} : { nodeName: pod.nodeName }),
    targetRef: { kind: 'Pod', namespace: pod.namespace, name: pod.name, uid: pod.uid },
  }
}

/** At most so many addresses; ready ones before others, in proportion. True when some had to go. */
export function truncate(subsets: readonly Subset[], most: number): { subsets: Subset[]; truncated: boolean } {
  const allReady = subsets.reduce((sum, { addresses = [] }) => sum + addresses.length, 0)
  const others = subsets.reduce((sum, { notReadyAddresses = [] }) => sum + notReadyAddresses.length, 0)
  if (allReady + others <= most) return { subsets: [...subsets], truncated: false }
  const list = allReady > most ? 'addresses' : 'notReadyAddresses'
  const room = allReady > most ? most : most - allReady
  const total = allReady > most ? allReady : others
  let left = room
  return {
    truncated: true,
    subsets: subsets.map(subset => {
      const own = subset[list] ?? []
      const kept = own.slice(0, Math.min(left, Math.ceil((own.length / total) * room)))
      left -= kept.length
      const { addresses, notReadyAddresses: _, ...bare } = subset
      const ready = list === 'addresses' ? kept : (addresses ?? [])
      return {
        ...(ready.length === 0 ? {} : { addresses: ready }),
        ...(list === 'addresses' || kept.length === 0 ? {} : { notReadyAddresses: kept }),
        ...bare,
      }
    }),
  }
}
