import type { ContainerMetrics, Loose, Metric, PodSandboxMetrics, RuntimeService } from '@kubets/cri'
import type { CgroupUsage } from '../cgroup/cgroups.ts'
import type { ShimContext } from '../context.ts'
import { inChunks } from './lists.ts'

type MetricsMethods = Pick<
  RuntimeService,
  'listMetricDescriptors' | 'listPodSandboxMetrics' | 'streamPodSandboxMetrics'
>

interface Gauge {
  name: string
  help: string
  type: 'COUNTER' | 'GAUGE'
  value(usage: CgroupUsage): bigint
}

/** cAdvisor's names, which the kubelet serves under /metrics/cadvisor. */
const gauges: readonly Gauge[] = [
  {
    name: 'container_cpu_usage_seconds_total',
    help: 'Cumulative cpu time consumed in seconds',
    type: 'COUNTER',
    value: u => u.cpuNanos / 1_000_000_000n,
  },
  {
    name: 'container_memory_usage_bytes',
    help: 'Current memory usage in bytes, including all memory regardless of when it was accessed',
    type: 'GAUGE',
    value: u => u.memory.usage,
  },
  {
    name: 'container_memory_working_set_bytes',
    help: 'Current working set in bytes',
    type: 'GAUGE',
    value: u => u.memory.workingSet,
  },
  { name: 'container_memory_rss', help: 'Size of RSS in bytes', type: 'GAUGE', value: u => u.memory.rss },
  { name: 'container_memory_swap', help: 'Container swap usage in bytes', type: 'GAUGE', value: u => u.swap.usage },
  {
    name: 'container_processes',
    help: 'Number of processes running inside the container',
    type: 'GAUGE',
    value: u => BigInt(u.processes),
  },
]

export function metricsMethods(ctx: ShimContext): MetricsMethods {
  const all = (): Loose<PodSandboxMetrics>[] =>
    ctx.sandboxes
      .all()
      .filter(s => s.state === 'SANDBOX_READY')
      .map(sandbox => ({
        podSandboxId: sandbox.id,
        metrics: sandbox.config.linux?.cgroupParent ? metricsOf(ctx, sandbox.config.linux.cgroupParent, '') : [],
        containerMetrics: ctx.containers
          .ofSandbox(sandbox.id)
          .filter(c => c.status.state === 'CONTAINER_RUNNING')
          .map(
            (c): Loose<ContainerMetrics> => ({
              containerId: c.id,
              metrics: metricsOf(ctx, c.record.cgroupPath, c.record.config.metadata?.name ?? ''),
            }),
          ),
      }))
  return {
    listMetricDescriptors: async () => ({
      descriptors: gauges.map(({ name, help }) => ({ name, help, labelKeys: ['container'] })),
    }),
    listPodSandboxMetrics: async () => ({ podMetrics: all() }),
    async *streamPodSandboxMetrics() {
      for (const podSandboxMetrics of inChunks(all())) yield { podSandboxMetrics }
    },
  }
}

function metricsOf(ctx: ShimContext, cgroup: string, container: string): Loose<Metric>[] {
  const usage = ctx.cgroups.usage(cgroup)
  if (!usage) return []
  return gauges.map(({ name, type, value }) => ({
    name,
    metricType: type,
    labelValues: [container],
    value: { value: String(value(usage)) },
  }))
}
