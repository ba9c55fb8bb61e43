import { statfs } from 'node:fs/promises'
import { availableParallelism, cpus, freemem, totalmem } from 'node:os'
import type { ContainerStats, CpuUsage, MemoryUsage, UInt64Value } from '@kubets/cri'
import type { WorkerParts } from '../pod-worker/parts.ts'
import { label } from '../runtime/labels.ts'

const number = (value: UInt64Value | null | undefined) => (value == null ? undefined : Number(value.value))
const time = (nanos: string | undefined) =>
  nanos === undefined || nanos === '0'
    ? new Date().toISOString()
    : new Date(Number(BigInt(nanos) / 1_000_000n)).toISOString()

const cpuStats = (cpu: CpuUsage | null | undefined) => ({
  time: time(cpu?.timestamp),
  usageNanoCores: number(cpu?.usageNanoCores),
  usageCoreNanoSeconds: number(cpu?.usageCoreNanoSeconds),
})
const memoryStats = (memory: MemoryUsage | null | undefined) => ({
  time: time(memory?.timestamp),
  availableBytes: number(memory?.availableBytes),
  usageBytes: number(memory?.usageBytes),
  workingSetBytes: number(memory?.workingSetBytes),
  rssBytes: number(memory?.rssBytes),
  pageFaults: number(memory?.pageFaults),
  majorPageFaults: number(memory?.majorPageFaults),
})

/** `/stats/summary`: the node and its pods as the runtime measures them. */
export async function statsSummary(parts: WorkerParts): Promise<object> {
  const [{ stats }, disk] = await Promise.all([parts.cri.listPodSandboxStats({}), statfs(parts.settings.rootDir)])
  const now = new Date(parts.clock.now()).toISOString()
  const busy = cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0)
  const container = (s: ContainerStats) => ({
    name: s.attributes?.metadata?.name,
    startTime: undefined,
    cpu: cpuStats(s.cpu),
    memory: memoryStats(s.memory),
    rootfs: {
      time: time(s.writableLayer?.timestamp),
      usedBytes: number(s.writableLayer?.usedBytes),
      inodesUsed: number(s.writableLayer?.inodesUsed),
    },
  })
  return {
    node: {
      nodeName: parts.settings.nodeName,
      startTime: undefined,
      cpu: { time: now, usageCoreNanoSeconds: busy * 1_000_000, cpus: availableParallelism() },
      memory: { time: now, availableBytes: freemem(), workingSetBytes: totalmem() - freemem() },
      fs: {
        time: now,
        availableBytes: disk.bavail * disk.bsize,
        capacityBytes: disk.blocks * disk.bsize,
        usedBytes: (disk.blocks - disk.bfree) * disk.bsize,
        inodesFree: disk.ffree,
        inodes: disk.files,
      },
    },
    pods: stats.map(({ attributes, linux }) => ({
      podRef: {
        name: attributes?.labels[label.podName] ?? attributes?.metadata?.name,
        namespace: attributes?.labels[label.podNamespace] ?? attributes?.metadata?.namespace,
        uid: attributes?.labels[label.podUid] ?? attributes?.metadata?.uid,
      },
      containers: (linux?.containers ?? []).map(container),
      cpu: cpuStats(linux?.cpu),
      memory: memoryStats(linux?.memory),
      network: linux?.network?.defaultInterface
        ? {
            time: time(linux.network.timestamp),
            name: linux.network.defaultInterface.name,
            rxBytes: number(linux.network.defaultInterface.rxBytes),
            txBytes: number(linux.network.defaultInterface.txBytes),
          }
        : undefined,
    })),
  }
}
