import { join } from 'node:path'
import type { ContainerStats, CpuUsage, Loose, MemoryUsage } from '@kubets/cri'
import type { CgroupUsage } from '../../cgroup/cgroups.ts'
import { nanos, type ShimContext } from '../../context.ts'
import type { Container } from '../../store/container-store.ts'
import type { CpuRate } from './cpu-rate.ts'
import type { DiskUsages } from './disk-usage.ts'

/** What the stats methods remember between calls. */
export interface StatsMemory {
  rates: CpuRate
  disks: DiskUsages
}

export async function containerStatsOf(
  ctx: ShimContext,
  memory: StatsMemory,
  container: Container,
): Promise<Loose<ContainerStats>> {
  const { id, record } = container
  const usage = ctx.cgroups.usage(record.cgroupPath)
  const disk = await memory.disks.of(join(ctx.containers.dir(id), 'upper'), ctx.clock.now())
  return {
    attributes: {
      id,
      metadata: record.config.metadata ?? {},
      labels: record.config.labels,
      annotations: record.config.annotations,
    },
    ...(usage
      ? {
          cpu: cpuUsage(ctx, memory, id, usage),
          memory: memoryUsage(ctx, usage),
          swap: {
            timestamp: nanos(ctx.clock),
            swapUsageBytes: { value: String(usage.swap.usage) },
            ...(usage.swap.limit === undefined
              ? {}
              : { swapAvailableBytes: { value: String(atLeastZero(usage.swap.limit - usage.swap.usage)) } }),
          },
        }
      : {}),
    writableLayer: {
      timestamp: String(BigInt(disk.at) * 1_000_000n),
      fsId: { mountpoint: ctx.paths.root.dir },
      usedBytes: { value: String(disk.bytes) },
      inodesUsed: { value: String(disk.inodes) },
    },
  }
}

export function cpuUsage(ctx: ShimContext, memory: StatsMemory, id: string, usage: CgroupUsage): Loose<CpuUsage> {
  const rate = memory.rates.sample(id, usage.cpuNanos, ctx.clock.now())
  return {
    timestamp: nanos(ctx.clock),
    usageCoreNanoSeconds: { value: String(usage.cpuNanos) },
    ...(rate === undefined ? {} : { usageNanoCores: { value: String(rate) } }),
  }
}

export function memoryUsage(ctx: ShimContext, { memory }: CgroupUsage): Loose<MemoryUsage> {
  return {
    timestamp: nanos(ctx.clock),
    workingSetBytes: { value: String(memory.workingSet) },
    usageBytes: { value: String(memory.usage) },
    rssBytes: { value: String(memory.rss) },
    pageFaults: { value: String(memory.pageFaults) },
    majorPageFaults: { value: String(memory.majorPageFaults) },
    ...(memory.limit === undefined
      ? {}
      : { availableBytes: { value: String(atLeastZero(memory.limit - memory.workingSet)) } }),
  }
}

const atLeastZero = (value: bigint) => (value < 0n ? 0n : value)
