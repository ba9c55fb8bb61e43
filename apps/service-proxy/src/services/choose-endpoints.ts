import { type Endpoint, externallyAccessible, type ServicePort } from './service-port.ts'

export interface ChosenEndpoints {
  /** For traffic policy Cluster; empty when the port never uses that one. */
  cluster: readonly Endpoint[]
  /** For traffic policy Local. */
  local: readonly Endpoint[]
  /** All that traffic from this node can end at. */
  reachable: readonly Endpoint[]
  /** There is one somewhere, reachable from here or not. */
  any: boolean
}

/** Ready endpoints; where none is ready, those that still serve while they terminate (KEP-1669), for each policy by itself. */
export function chooseEndpoints(port: ServicePort): ChosenEndpoints {
  const usesCluster = !port.internalLocal || externallyAccessible(port)
  const usesLocal = port.internalLocal || (port.externalLocal && externallyAccessible(port))
  const usable = usableOf(port.endpoints)
  const cluster = usesCluster ? usable : []
  const local = usesLocal ? usableOf(port.endpoints.filter(endpoint => endpoint.local)) : []
  return {
    cluster,
    local,
    reachable: [...new Set([...cluster, ...local])],
    any: usable.length > 0,
  }
}

function usableOf(endpoints: readonly Endpoint[]): readonly Endpoint[] {
  const ready = endpoints.filter(endpoint => endpoint.ready)
  return ready.length > 0 ? ready : endpoints.filter(endpoint => endpoint.serving && endpoint.terminating)
}
