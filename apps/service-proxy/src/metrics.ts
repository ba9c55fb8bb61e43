import { Counter, exponentialBuckets, Gauge, Histogram, linearBuckets, Registry } from 'prom-client'

export type ProxyMetrics = ReturnType<typeof createMetrics>

/** kube-proxy's metrics in nftables mode, under upstream's names. */
export function createMetrics() {
  const registry = new Registry()
  const registers = [registry]
  const byFamily = ['ip_family'] as const
  const seconds = (name: string, help: string) =>
    new Histogram({
      name: `kubeproxy_${name}`,
      help,
      labelNames: byFamily,
      buckets: exponentialBuckets(0.001, 2, 15),
      registers,
    })
  const gauge = (name: string, help: string) =>
    new Gauge({ name: `kubeproxy_${name}`, help, labelNames: byFamily, registers })
  const counter = (name: string, help: string) =>
    new Counter({ name: `kubeproxy_${name}`, help, labelNames: byFamily, registers })
  const byCode = (name: string, help: string) =>
    new Counter({ name: `kubeproxy_${name}`, help, labelNames: ['code'], registers })
  return {
    registry,
    syncSeconds: seconds('sync_proxy_rules_duration_seconds', 'SyncProxyRules latency in seconds'),
    fullSyncSeconds: seconds(
      'sync_full_proxy_rules_duration_seconds',
      'SyncProxyRules latency in seconds for full resyncs',
    ),
    partialSyncSeconds: seconds(
      'sync_partial_proxy_rules_duration_seconds',
      'SyncProxyRules latency in seconds for partial resyncs',
    ),
    lastSync: gauge('sync_proxy_rules_last_timestamp_seconds', 'The last time proxy rules were successfully synced'),
    lastQueued: gauge(
      'sync_proxy_rules_last_queued_timestamp_seconds',
      'The last time a sync of proxy rules was queued',
    ),
    programmingSeconds: new Histogram({
      name: 'kubeproxy_network_programming_duration_seconds',
      help: 'In Cluster Network Programming Latency in seconds',
      labelNames: byFamily,
      buckets: [
        ...linearBuckets(0.25, 0.25, 2),
        ...linearBuckets(1, 1, 59),
        ...linearBuckets(60, 5, 12),
        ...linearBuckets(120, 30, 7),
      ],
      registers,
    }),
    endpointChangesPending: new Gauge({
      name: 'kubeproxy_sync_proxy_rules_endpoint_changes_pending',
      help: 'Pending proxy rules Endpoint changes',
      registers,
    }),
    endpointChanges: new Counter({
      name: 'kubeproxy_sync_proxy_rules_endpoint_changes_total',
      help: 'Cumulative proxy rules Endpoint changes',
      registers,
    }),
    serviceChangesPending: new Gauge({
      name: 'kubeproxy_sync_proxy_rules_service_changes_pending',
      help: 'Pending proxy rules Service changes',
      registers,
    }),
    serviceChanges: new Counter({
      name: 'kubeproxy_sync_proxy_rules_service_changes_total',
      help: 'Cumulative proxy rules Service changes',
      registers,
    }),
    failures: counter('sync_proxy_rules_nftables_sync_failures_total', 'Cumulative proxy nftables sync failures'),
    withoutLocal: new Gauge({
      name: 'kubeproxy_sync_proxy_rules_no_local_endpoints_total',
      help: 'Number of services with a Local traffic policy and no endpoints',
      labelNames: ['traffic_policy', 'ip_family'],
      registers,
    }),
    healthz: byCode('proxy_healthz_total', 'Cumulative proxy healthz HTTP status'),
    livez: byCode('proxy_livez_total', 'Cumulative proxy livez HTTP status'),
    conntrackSeconds: seconds(
      'conntrack_reconciler_sync_duration_seconds',
      'ReconcileConntrackFlowsLatency latency in seconds',
    ),
  }
}
