import type { EndpointSlice, Endpoints, KubeObject } from '@kubets/api-types'

export type EndpointPorts = { name: string; port: number; protocol: string }[]
type Subsets = NonNullable<Endpoints['subsets']>

/** What is right about the Endpoints already. */
export interface Verdict {
  /** There is exactly one subset. */
  format: boolean
  addresses: boolean
  ports: boolean
}

/** How an Endpoints object's subsets compare with what should stand there; `ports: undefined` leaves those that are. */
export function judge(
  subsets: Subsets | undefined,
  addressesRight: (present: readonly string[]) => boolean,
  ports: EndpointPorts | undefined,
): Verdict {
  const [subset, second] = subsets ?? []
  if (subset === undefined || second !== undefined) return { format: false, addresses: false, ports: false }
  const present = (subset.addresses ?? []).map(({ ip }) => ip)
  return {
    format: true,
    addresses: addressesRight(present),
    ports: ports === undefined || samePorts(subset.ports ?? [], ports),
  }
}

function samePorts(present: NonNullable<Subsets[number]['ports']>, wanted: EndpointPorts): boolean {
  return (
    present.length === wanted.length &&
    wanted.every(({ name, port, protocol }, i) => {
      const one = present[i]
      return one?.name === name && one.port === port && one.protocol === protocol
    })
  )
}

/** Whether two lists name the same addresses, each once, in whatever order. */
export function sameAddresses(present: readonly string[], wanted: readonly string[]): boolean {
  const set = new Set(wanted)
  return (
    present.length === wanted.length && new Set(present).size === present.length && present.every(ip => set.has(ip))
  )
}

/** One subset of these addresses in the order of their text; none without addresses. */
export function subsetsOf(addresses: readonly string[], ports: EndpointPorts): Subsets {
  const sorted = [...new Set(addresses)].sort()
  return sorted.length === 0 ? [] : [{ addresses: sorted.map(ip => ({ ip })), ports }]
}

/**
 * Our address among the others, of which at most `count` may stay: those that come after ours go first, and then from the start. All
 * servers do so, and agree in the end.
 */
export function withOurs(present: readonly string[], ours: string, count: number): string[] {
  const addresses = [...new Set([...present, ours])].sort()
  while (addresses.length > count) {
    const after = (addresses.indexOf(ours) + 1) % addresses.length
    if (addresses[after] === ours) break
    addresses.splice(after, 1)
  }
  return addresses
}

const isIPv6 = (ip: string) => ip.includes(':')

/** What the EndpointSlice of these Endpoints says: all IPv6, or the IPv4 addresses. */
export function sliceFields(subsets: Subsets): Pick<EndpointSlice, 'addressType' | 'endpoints' | 'ports'> {
  const [subset] = subsets
  const ips = (subset?.addresses ?? []).map(({ ip }) => ip)
  const six = ips.length > 0 && ips.every(isIPv6)
  return {
    addressType: six ? 'IPv6' : 'IPv4',
    endpoints: ips.filter(ip => isIPv6(ip) === six).map(ip => ({ addresses: [ip], conditions: { ready: true } })),
    ports: (subset?.ports ?? []).map(({ name, port, protocol }) => ({ name, port, protocol }) as never),
  }
}

export const serviceName = 'kubernetes'
export const serviceNamespace = 'default'
/** Keeps the controller of EndpointSlices from making a second slice of the Endpoints. */
export const skipMirror = 'endpointslice.kubernetes.io/skip-mirror'

export const endpointsObject = (subsets: Subsets): KubeObject & { subsets: Subsets } => ({
  kind: 'Endpoints',
  apiVersion: 'v1',
  metadata: { name: serviceName, namespace: serviceNamespace, labels: { [skipMirror]: 'true' } },
  subsets,
})

export const sliceObject = (subsets: Subsets): KubeObject =>
  ({
    kind: 'EndpointSlice',
    apiVersion: 'discovery.k8s.io/v1',
    metadata: {
      name: serviceName,
      namespace: serviceNamespace,
      labels: { 'kubernetes.io/service-name': serviceName },
    },
    ...sliceFields(subsets),
  }) as KubeObject
