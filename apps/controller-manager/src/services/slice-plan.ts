import type { EndpointSlice } from '@kubets/api-types'
import { semanticEqual } from '@kubets/apimachinery'

export type SliceEndpoint = NonNullable<EndpointSlice['endpoints']>[number]
export type SlicePort = NonNullable<EndpointSlice['ports']>[number]

/** Endpoints that are reached by the same ports. */
export interface PortGroup {
  readonly ports: readonly SlicePort[]
  readonly endpoints: readonly SliceEndpoint[]
}

export interface SlicePlan {
  readonly create: EndpointSlice[]
  readonly update: EndpointSlice[]
  readonly remove: EndpointSlice[]
}

export interface SliceOptions {
  /** The owner's slices of one address type. */
  readonly existing: readonly EndpointSlice[]
  readonly groups: readonly PortGroup[]
  /** Endpoints in one slice. */
  readonly most: number
  /** A new slice for these ports, without endpoints or name. */
  fresh(ports: readonly SlicePort[]): EndpointSlice
  /** What the slice should be called by besides its endpoints. */
  labelled(slice: EndpointSlice): EndpointSlice
  /** Whether there is one slice where there are no endpoints. */
  readonly placeholder: boolean
}

/** What has to be written so that the slices hold the endpoints, with as few writes as that takes. Pure. */
export function planSlices(options: SliceOptions): SlicePlan {
  const { existing, groups, fresh } = options
  const plan: SlicePlan = { create: [], update: [], remove: [] }
  const byPorts = Map.groupBy(existing, slice => portsKey(slice.ports ?? []))
  for (const group of groups) {
    const key = portsKey(group.ports)
    planGroup(options, group, byPorts.get(key) ?? [], plan)
    byPorts.delete(key)
  }
  for (const slices of byPorts.values()) plan.remove.push(...slices)
  if (options.placeholder && plan.create.length === 0 && plan.remove.length === existing.length) {
    const empty = fresh([])
    const [only, ...more] = plan.remove
    // it stands already
    if (only !== undefined && more.length === 0 && samePlaceholder(only, empty)) plan.remove.pop()
    else plan.create.push(empty)
  }
  reuse(plan)
  return plan
}

export const portsKey = (ports: readonly SlicePort[]) =>
  ports
    .map(({ name, port, protocol, appProtocol }) => JSON.stringify([name ?? '', port, protocol, appProtocol]))
    .sort()
    .join()

const endpointKey = ({ addresses, targetRef }: SliceEndpoint) => `${addresses.join()} ${targetRef?.uid ?? ''}`

function planGroup(options: SliceOptions, group: PortGroup, slices: readonly EndpointSlice[], plan: SlicePlan): void {
  const { most, labelled, fresh } = options
  const left = new Map(group.endpoints.map(endpoint => [endpointKey(endpoint), endpoint]))
  const changed: EndpointSlice[] = []
  let unchanged: EndpointSlice[] = []
  for (const slice of slices) {
    const kept = (slice.endpoints ?? []).flatMap(endpoint => {
      const wanted = left.get(endpointKey(endpoint))
      left.delete(endpointKey(endpoint))
      return wanted ?? []
    })
    const next = labelled({ ...slice, endpoints: kept })
    if (kept.length === 0) plan.remove.push(slice)
    else if (semanticEqual(next, slice)) unchanged.push(slice)
    else changed.push(next)
  }
  const rest = [...left.values()]
  const fill = (slice: EndpointSlice): EndpointSlice => ({
    ...slice,
    endpoints: [...(slice.endpoints ?? []), ...rest.splice(0, most - sizeOf(slice))],
  })
  // first where something is written anyway, the fullest first
  const updated = changed.sort((a, b) => sizeOf(b) - sizeOf(a)).map(fill)
  while (rest.length > 0) {
    const room = rest.length < most ? roomiest(unchanged, rest.length, most) : undefined
    if (room === undefined) plan.create.push(fill(fresh(group.ports)))
    else {
      unchanged = unchanged.filter(slice => slice !== room)
      updated.push(fill(room))
    }
  }
  plan.update.push(...updated)
}

const sizeOf = ({ endpoints }: EndpointSlice) => (endpoints ?? []).length

/** The slice that so many more fill best. */
function roomiest(slices: readonly EndpointSlice[], more: number, most: number): EndpointSlice | undefined {
  return slices.filter(slice => sizeOf(slice) + more <= most).sort((a, b) => sizeOf(b) - sizeOf(a))[0]
}

function samePlaceholder(slice: EndpointSlice, empty: EndpointSlice): boolean {
  return (
    sizeOf(slice) === 0 &&
    (slice.ports ?? []).length === 0 &&
    semanticEqual(slice.metadata?.labels, empty.metadata?.labels)
  )
}

/** A slice that would go takes what would come. */
function reuse(plan: SlicePlan): void {
  while (plan.create.length > 0 && plan.remove.length > 0) {
    const slice = plan.create.pop() as EndpointSlice
    const old = plan.remove.shift() as EndpointSlice
    const { generateName: _, ...metadata } = slice.metadata ?? {}
    plan.update.push({ ...slice, metadata: { ...old.metadata, ...metadata } })
  }
}
