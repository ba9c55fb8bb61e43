import { Counter, Gauge, Histogram, Registry } from 'prom-client'

export interface KubeletMetrics {
  registry: Registry
  runningPods: Gauge
  runningContainers: Gauge<'container_state'>
  podStart: Histogram
  httpRequests: Counter<'method' | 'path'>
}

/** Upstream's names. */
export function createKubeletMetrics(): KubeletMetrics {
  const registry = new Registry()
  const registers = [registry]
  return {
    registry,
    runningPods: new Gauge({
      name: 'kubelet_running_pods',
      help: 'Number of pods that have a running pod sandbox',
      registers,
    }),
    runningContainers: new Gauge({
      name: 'kubelet_running_containers',
      help: 'Number of containers currently running',
      labelNames: ['container_state'],
      registers,
    }),
    podStart: new Histogram({
      name: 'kubelet_pod_start_duration_seconds',
      help: 'Duration in seconds from kubelet seeing a pod for the first time to the pod starting to run',
      buckets: [0.05, 0.1, 0.2, 0.5, 1, 2, 3, 4, 5, 6, 8, 10, 20, 30, 45, 60, 120, 180, 240, 300],
      registers,
    }),
    httpRequests: new Counter({
      name: 'kubelet_http_requests_total',
      help: 'Number of the http requests received since the server started',
      labelNames: ['method', 'path'],
      registers,
    }),
  }
}
