/** The six stats methods, which share what they remember of earlier samples. */
import type { ContainerStatsFilter, PodSandboxStatsFilter, RuntimeService } from '@kubets/cri'
import type { ShimContext } from '../../context.ts'
import { inChunks, matchesLabels } from '../lists.ts'
import { containerStatsOf, type StatsMemory } from './container-stats.ts'
import { CpuRate } from './cpu-rate.ts'
import { DiskUsages } from './disk-usage.ts'
import { podSandboxStatsOf } from './pod-sandbox-stats.ts'

type StatsMethods = Pick<
  RuntimeService,
  | 'containerStats'
  | 'listContainerStats'
  | 'streamContainerStats'
  | 'podSandboxStats'
  | 'listPodSandboxStats'
  | 'streamPodSandboxStats'
>

export function statsMethods(ctx: ShimContext): StatsMethods {
  const memory: StatsMemory = { rates: new CpuRate(), disks: new DiskUsages() }
  const containers = (filter: ContainerStatsFilter | null) =>
    Promise.all(
      ctx.containers
        .all()
        .filter(c => c.status.state === 'CONTAINER_RUNNING')
        .filter(c => !filter?.id || c.id.startsWith(filter.id))
        .filter(c => !filter?.podSandboxId || c.record.sandboxId.startsWith(filter.podSandboxId))
        .filter(c => matchesLabels(c.record.config.labels, filter?.labelSelector))
        .map(c => containerStatsOf(ctx, memory, c)),
    )
  const sandboxes = (filter: PodSandboxStatsFilter | null) =>
    Promise.all(
      ctx.sandboxes
        .all()
        .filter(s => s.state === 'SANDBOX_READY')
        .filter(s => !filter?.id || s.id.startsWith(filter.id))
        .filter(s => matchesLabels(s.config.labels, filter?.labelSelector))
        .map(s => podSandboxStatsOf(ctx, memory, s)),
    )
  return {
    containerStats: async ({ containerId }) => ({
      stats: await containerStatsOf(ctx, memory, ctx.containers.get(containerId)),
    }),
    listContainerStats: async ({ filter }) => ({ stats: await containers(filter) }),
    async *streamContainerStats({ filter }) {
      for (const containerStats of inChunks(await containers(filter))) yield { containerStats }
    },
    podSandboxStats: async ({ podSandboxId }) => ({
      stats: await podSandboxStatsOf(ctx, memory, ctx.sandboxes.get(podSandboxId)),
    }),
    listPodSandboxStats: async ({ filter }) => ({ stats: await sandboxes(filter) }),
    async *streamPodSandboxStats({ filter }) {
      for (const podSandboxStats of inChunks(await sandboxes(filter))) yield { podSandboxStats }
    },
  }
}
