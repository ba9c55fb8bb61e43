import { isIP } from 'node:net'
import type { EndpointSlice, Endpoints } from '@kubets/api-types'
import { managedByLabel, serviceNameLabel } from '../../informers/endpoint-slices.ts'
import { familyOf } from '../../pods/pod-endpoint.ts'
import {
  type PortGroup,
  planSlices,
  type SliceEndpoint,
  type SlicePlan,
  type SlicePort,
} from '../../services/slice-plan.ts'

export const controllerName = 'endpointslicemirroring-controller.k8s.io'
export const skipLabel = 'endpointslice.kubernetes.io/skip-mirror'
/** Addresses of one subset that are mirrored; further ones are left out, as upstream. */
const most = 1_000

/** Annotations that speak of the Endpoints, not of where they lead. */
const notCopied = new Set([
  'endpoints.kubernetes.io/last-change-trigger-time',
  'kubectl.kubernetes.io/last-applied-configuration',
])

type Subset = NonNullable<Endpoints['subsets']>[number]
type Family = 'IPv4' | 'IPv6'

/** What to write so that slices say what Endpoints say. Pure. */
export function mirror(endpoints: Endpoints, existing: readonly EndpointSlice[]): SlicePlan {
  const plan: SlicePlan = { create: [], update: [], remove: [] }
  for (const family of ['IPv4', 'IPv6'] as const) {
    const { create, update, remove } = planSlices({
      existing: existing.filter(({ addressType }) => addressType === family),
      groups: groupsOf(endpoints.subsets ?? [], family),
      most,
      fresh: ports => freshSlice(endpoints, family, ports),
      labelled: slice => ({ ...slice, metadata: { ...slice.metadata, ...copied(endpoints) } }),
      placeholder: false,
    })
    plan.create.push(...create)
    plan.update.push(...update)
    plan.remove.push(...remove)
  }
  return plan
}

function groupsOf(subsets: readonly Subset[], family: Family): PortGroup[] {
  return subsets.flatMap(({ addresses = [], notReadyAddresses = [], ports = [] }) => {
    const valid = (list: readonly Address[], ready: boolean) =>
      list.flatMap(address => (isIP(address.ip) === 0 ? [] : [endpointOf(address, ready)]))
    const all = [...valid(addresses, true), ...valid(notReadyAddresses, false)].slice(0, most)
    const own = all.filter(endpoint => familyOf(endpoint.addresses[0] ?? '') === family)
    return own.length === 0 ? [] : [{ ports: ports.map(portOf), endpoints: own }]
  })
}

type Address = NonNullable<Subset['addresses']>[number]

function endpointOf({ ip, hostname, nodeName, targetRef }: Address, ready: boolean): SliceEndpoint {
  return {
    addresses: [ip],
    conditions: { ready },
    ...(hostname ? { hostname } : {}),
    ...(targetRef === undefined ? {} : { targetRef }),
    ...(nodeName === undefined ? {} : { nodeName }),
  }
}

function portOf({ name = '', port, protocol = 'TCP', appProtocol }: NonNullable<Subset['ports']>[number]): SlicePort {
  return { name, port, protocol, ...(appProtocol === undefined ? {} : { appProtocol }) }
}

function copied({ metadata }: Endpoints) {
  const annotations = Object.entries(metadata?.annotations ?? {}).filter(([key]) => !notCopied.has(key))
  return {
    labels: { ...metadata?.labels, [serviceNameLabel]: metadata?.name ?? '', [managedByLabel]: controllerName },
    annotations: Object.fromEntries(annotations),
  }
}

function freshSlice(endpoints: Endpoints, addressType: Family, ports: readonly SlicePort[]): EndpointSlice {
  const { name = '', namespace = '', uid = '' } = endpoints.metadata ?? {}
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      generateName: `${name}-`,
      namespace,
      ...copied(endpoints),
      ownerReferences: [{ apiVersion: 'v1', kind: 'Endpoints', name, uid, controller: true, blockOwnerDeletion: true }],
    },
    addressType,
    endpoints: [],
    ports: [...ports],
  }
}
