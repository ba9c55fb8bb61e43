import type { Loose, PodSandboxStats } from '@kubets/cri'
import { nanos, type ShimContext } from '../../context.ts'
import type { Sandbox } from '../../store/sandbox-store.ts'
import { containerStatsOf, cpuUsage, memoryUsage, type StatsMemory } from './container-stats.ts'
import { networkUsage } from './network-usage.ts'

/** The pod's own cgroup counts all its containers, the ended ones too. */
export async function podSandboxStatsOf(
  ctx: ShimContext,
  memory: StatsMemory,
  sandbox: Sandbox,
): Promise<Loose<PodSandboxStats>> {
  const { id, config } = sandbox
  const running = ctx.containers.ofSandbox(id).filter(c => c.status.state === 'CONTAINER_RUNNING')
  const usage = config.linux?.cgroupParent ? ctx.cgroups.usage(config.linux.cgroupParent) : undefined
  const timestamp = nanos(ctx.clock)
  return {
    attributes: { id, metadata: config.metadata ?? {}, labels: config.labels, annotations: config.annotations },
    linux: {
      ...(usage
        ? {
            cpu: cpuUsage(ctx, memory, id, usage),
            memory: memoryUsage(ctx, usage),
            process: { timestamp, processCount: { value: String(usage.processes) } },
          }
        : {}),
      network: networkUsage(ctx, id),
      containers: await Promise.all(running.map(container => containerStatsOf(ctx, memory, container))),
    },
  }
}
