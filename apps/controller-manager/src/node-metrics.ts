import type * as Prom from 'prom-client'

/** What the controllers of nodes count, in upstream's names and labels. */
export interface NodeMetrics {
  zoneSeen(zone: string): void
  zone(zone: string, size: number, unhealthy: number): void
  evicted(zone: string): void
  nodeLooked(seconds: number): void
  allLooked(seconds: number): void
  /** Seconds between the end of a pod's tolerance and its deletion. */
  podDeleted(seconds: number): void
  podForceDeleted(namespace: string, reason: string): void
  podForceDeletionFailed(namespace: string, reason: string): void
}

const powersOfFour = (first: number) => Array.from({ length: 8 }, (_, i) => first * 4 ** i)

export function createNodeMetrics(
  { Counter, Gauge, Histogram }: Pick<typeof Prom, 'Counter' | 'Gauge' | 'Histogram'>,
  registry: Prom.Registry,
): NodeMetrics {
  const registers = [registry]
  const byZone = { labelNames: ['zone'] as const, registers }
  const health = new Gauge({
    name: 'node_collector_zone_health',
    help: 'Gauge measuring percentage of healthy nodes per zone.',
    ...byZone,
  })
  const size = new Gauge({
    name: 'node_collector_zone_size',
    help: 'Gauge measuring number of registered Nodes per zones.',
    ...byZone,
  })
  const unhealthyNodes = new Gauge({
    name: 'node_collector_unhealthy_nodes_in_zone',
    help: 'Gauge measuring number of not Ready Nodes per zones.',
    ...byZone,
  })
  const evictions = new Counter({
    name: 'node_collector_evictions_total',
    help: 'Number of Node evictions that happened since current instance of NodeController started.',
    ...byZone,
  })
  const nodeSeconds = new Histogram({
    name: 'node_collector_update_node_health_duration_seconds',
    help: 'Duration in seconds for NodeController to update the health of a single node.',
    buckets: powersOfFour(0.001),
    registers,
  })
  const allSeconds = new Histogram({
    name: 'node_collector_update_all_nodes_health_duration_seconds',
    help: 'Duration in seconds for NodeController to update the health of all nodes.',
    buckets: powersOfFour(0.01),
    registers,
  })
  const deletions = new Counter({
    name: 'taint_eviction_controller_pod_deletions_total',
    help: 'Total number of Pods deleted by TaintEvictionController since its start.',
    registers,
  })
  const deletionSeconds = new Histogram({
    name: 'taint_eviction_controller_pod_deletion_duration_seconds',
    help: 'Latency, in seconds, between the time when a taint effect has been activated for the Pod and its deletion via TaintEvictionController.',
    buckets: [0.005, 0.025, 0.1, 0.5, 1, 2.5, 10, 30, 60, 120, 180, 240],
    registers,
  })
  const byReason = { labelNames: ['namespace', 'reason'] as const, registers }
  const forced = new Counter({
    name: 'pod_gc_collector_force_delete_pods_total',
    help: 'Number of pods that are being forcefully deleted since the Pod GC Controller started.',
    ...byReason,
  })
  const forcedErrors = new Counter({
    name: 'pod_gc_collector_force_delete_pod_errors_total',
    help: 'Number of errors encountered when forcefully deleting the pods since the Pod GC Controller started.',
    ...byReason,
  })
  return {
    zoneSeen: zone => evictions.inc({ zone }, 0),
    zone(zone, nodes, unhealthy) {
      size.set({ zone }, nodes)
      health.set({ zone }, nodes === 0 ? 100 : (100 * (nodes - unhealthy)) / nodes)
      unhealthyNodes.set({ zone }, unhealthy)
    },
    evicted: zone => evictions.inc({ zone }),
    nodeLooked: seconds => nodeSeconds.observe(seconds),
    allLooked: seconds => allSeconds.observe(seconds),
    podDeleted(seconds) {
      deletions.inc()
      deletionSeconds.observe(seconds)
    },
    podForceDeleted: (namespace, reason) => forced.inc({ namespace, reason }),
    podForceDeletionFailed: (namespace, reason) => forcedErrors.inc({ namespace, reason }),
  }
}
