import type { EndpointSlice } from '@kubets/api-types'
import { managedByLabel, serviceNameLabel } from '../../informers/endpoint-slices.ts'
import { isHeadless, type ServiceInfo } from '../../informers/services.ts'
import { familyOf } from '../../pods/pod-endpoint.ts'
import type { PodInfo } from '../../pods/pod-info.ts'
import { hostnameIn, isReachable, targetPort } from '../../services/reachable-pods.ts'
import {
  type PortGroup,
  planSlices,
  portsKey,
  type SliceEndpoint,
  type SlicePlan,
  type SlicePort,
} from '../../services/slice-plan.ts'

export const controllerName = 'endpointslice-controller.k8s.io'
const headless = 'service.kubernetes.io/headless'
const reserved = new Set([headless, serviceNameLabel, managedByLabel])

/** What is known of a pod's node: nothing when there is no such node. */
export type ZoneOf = (nodeName: string) => { zone: string | undefined } | undefined

export interface ServiceSlices {
  readonly plan: SlicePlan
  /** Pods whose nodes are not known (yet): left out, to be looked at again. */
  readonly withoutNode: readonly string[]
}

/** What to write so that a Service's slices lead to its pods, one set of slices for each of its address families. Pure. */
export function serviceSlices(
  service: ServiceInfo,
  pods: readonly PodInfo[],
  existing: readonly EndpointSlice[],
  zoneOf: ZoneOf,
  most: number,
): ServiceSlices {
  const families = familiesOf(service)
  const plan: SlicePlan = { create: [], update: [], remove: [] }
  const withoutNode = new Set<string>()
  for (const family of families) {
    const mine = existing.filter(slice => slice.addressType === family)
    const owned = mine.filter(slice => isOwned(service, slice))
    const own = planSlices({
      existing: owned,
      groups: groupsOf(service, pods, family, zoneOf, withoutNode),
      most,
      fresh: ports => freshSlice(service, family, ports),
      labelled: slice => ({ ...slice, metadata: { ...slice.metadata, labels: labelsOf(service) } }),
      placeholder: true,
    })
    plan.create.push(...own.create)
    plan.update.push(...own.update)
    plan.remove.push(...own.remove, ...mine.filter(slice => !owned.includes(slice)))
  }
  plan.remove.push(...existing.filter(({ addressType }) => !families.includes(addressType as Family)))
  return { plan, withoutNode: [...withoutNode] }
}

type Family = 'IPv4' | 'IPv6'

function familiesOf({ ipFamilies, clusterIp }: ServiceInfo): readonly Family[] {
  if (ipFamilies.length > 0) return ipFamilies as Family[]
  return clusterIp === '' || clusterIp === 'None' ? ['IPv4', 'IPv6'] : [familyOf(clusterIp)]
}

const isOwned = ({ uid }: ServiceInfo, { metadata }: EndpointSlice) =>
  (metadata?.ownerReferences ?? []).some(
    owner => owner.uid === uid && owner.kind === 'Service' && owner.apiVersion === 'v1',
  )

function groupsOf(
  service: ServiceInfo,
  pods: readonly PodInfo[],
  family: Family,
  zoneOf: ZoneOf,
  withoutNode: Set<string>,
): PortGroup[] {
  const groups = new Map<string, { ports: SlicePort[]; endpoints: SliceEndpoint[] }>()
  for (const pod of pods) {
    if (!isReachable(pod, true)) continue
    const ports = portsOf(service, pod)
    const key = portsKey(ports)
    const group = groups.get(key) ?? { ports, endpoints: [] }
    groups.set(key, group)
    const node = zoneOf(pod.nodeName)
    if (node === undefined && !service.publishNotReadyAddresses) {
      withoutNode.add(pod.name)
      continue
    }
    const addresses = pod.endpoint.ips.filter(ip => familyOf(ip) === family)
    if (addresses.length > 0) group.endpoints.push(endpointOf(service, pod, addresses, node?.zone))
  }
  return [...groups.values()]
}

function portsOf(service: ServiceInfo, pod: PodInfo): SlicePort[] {
  return service.ports.flatMap(each => {
    const port = targetPort(pod, each)
    if (port === undefined) return []
    const { name = '', protocol = 'TCP', appProtocol } = each
    return [{ name, port, protocol, ...(appProtocol === undefined ? {} : { appProtocol }) }]
  })
}

function endpointOf(service: ServiceInfo, pod: PodInfo, addresses: string[], zone: string | undefined): SliceEndpoint {
  const hostname = hostnameIn(service, pod)
  return {
    addresses,
    conditions: {
      ready: service.publishNotReadyAddresses || (pod.ready && !pod.deleting),
      serving: pod.ready,
      terminating: pod.deleting,
    },
    ...(hostname === undefined ? {} : { hostname }),
    targetRef: { kind: 'Pod', namespace: pod.namespace, name: pod.name, uid: pod.uid },
    ...(pod.nodeName === '' ? {} : { nodeName: pod.nodeName }),
    ...(zone === undefined ? {} : { zone }),
  }
}

/** The Service's own, beside those that say what the slice is. */
function labelsOf(service: ServiceInfo): Record<string, string> {
  return {
    ...Object.fromEntries(Object.entries(service.labels).filter(([key]) => !reserved.has(key))),
    ...(isHeadless(service) ? { [headless]: '' } : {}),
    [serviceNameLabel]: service.name,
    [managedByLabel]: controllerName,
  }
}

/** Names of slices have at most so many characters, generated ones five of their own. */
const longestPrefix = 253

function freshSlice(service: ServiceInfo, addressType: Family, ports: readonly SlicePort[]): EndpointSlice {
  const { name, namespace, uid } = service
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      generateName: name.length < longestPrefix ? `${name}-` : name,
      namespace,
      labels: labelsOf(service),
      ownerReferences: [{ apiVersion: 'v1', kind: 'Service', name, uid, controller: true, blockOwnerDeletion: true }],
    },
    addressType,
    endpoints: [],
    ports: [...ports],
  }
}
