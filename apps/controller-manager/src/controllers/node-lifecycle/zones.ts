/** How much of a zone is ready: all nodes at once not being so is rather our fault than theirs. */
export type ZoneState = 'Initial' | 'Normal' | 'PartialDisruption' | 'FullDisruption'

export interface EvictionRates {
  /** Nodes a second that are tainted so that their pods leave, in a zone that is well. */
  evictionRate: number
  /** The same in a zone that is not, when it is large. */
  secondaryEvictionRate: number
  /** A zone of this many nodes or fewer loses no pods while it is unwell. */
  largeClusterSizeThreshold: number
  /** The part of a zone's nodes, of three at least, that must not be ready for it to be unwell. */
  unhealthyZoneThreshold: number
}

/** Where a node is, by its labels: the old names win, as upstream. No two zones have the same text. */
export function zoneOf(labels: Readonly<Record<string, string>>): string {
  const zone = labels['failure-domain.beta.kubernetes.io/zone'] ?? labels['topology.kubernetes.io/zone'] ?? ''
  const region = labels['failure-domain.beta.kubernetes.io/region'] ?? labels['topology.kubernetes.io/region'] ?? ''
  return region === '' && zone === '' ? '' : `${region}:\0:${zone}`
}

/** The status of the Ready condition of each node of a zone; nothing for one that has none. */
export type ZoneNodes = readonly (string | undefined)[]

export function unhealthyNodes(nodes: ZoneNodes): number {
  return nodes.filter(status => status !== 'True').length
}

export function zoneState(nodes: ZoneNodes, unhealthyZoneThreshold: number): ZoneState {
  const unhealthy = unhealthyNodes(nodes)
  if (unhealthy > 0 && unhealthy === nodes.length) return 'FullDisruption'
  return unhealthy > 2 && unhealthy / nodes.length >= unhealthyZoneThreshold ? 'PartialDisruption' : 'Normal'
}

function rateOf(state: ZoneState, size: number, rates: EvictionRates): number {
  if (state !== 'PartialDisruption') return rates.evictionRate
  return size > rates.largeClusterSizeThreshold ? rates.secondaryEvictionRate : 0
}

export interface DisruptionPlan {
  readonly states: ReadonlyMap<string, ZoneState>
  /** Of zones whose rate is another from now on. */
  readonly rates: ReadonlyMap<string, number>
  /** No node of any zone is ready any more: nothing is evicted, and no taint stays. */
  readonly nobodyReady: boolean
  /** The first node is ready again: how long the others have been silent is counted from now. */
  readonly somebodyReady: boolean
}

/** What a look at all zones changes. Pure. */
export function planDisruption(
  before: ReadonlyMap<string, ZoneState>,
  zones: ReadonlyMap<string, ZoneNodes>,
  rates: EvictionRates,
): DisruptionPlan {
  const now = new Map([...zones].map(([zone, nodes]) => [zone, zoneState(nodes, rates.unhealthyZoneThreshold)]))
  const known = new Map([...zones.keys()].map(zone => [zone, before.get(zone) ?? 'Initial']))
  const full = (states: ReadonlyMap<string, ZoneState>) => [...states.values()].every(is => is === 'FullDisruption')
  const [isFull, wasFull] = [full(now), full(known)]
  if (isFull && wasFull) return { states: known, rates: new Map(), nobodyReady: false, somebodyReady: false }
  if (isFull)
    return {
      states: now,
      rates: new Map([...now.keys()].map(zone => [zone, 0])),
      nobodyReady: true,
      somebodyReady: false,
    }
  const changed = [...now].filter(([zone, state]) => wasFull || known.get(zone) !== state)
  return {
    states: now,
    rates: new Map(changed.map(([zone, state]) => [zone, rateOf(state, zones.get(zone)?.length ?? 0, rates)])),
    nobodyReady: false,
    somebodyReady: wasFull,
  }
}
