import type { Container, Pod } from '@kubets/api-types'
import type { LinuxContainerResources, Loose } from '@kubets/cri'
import { qosClass } from './qos.ts'
import { milli, type ResourceList, whole } from './quantities.ts'

/** Microseconds of one period of the kernel's quota. */
const quotaPeriod = 100_000

export function cpuShares(milliCpu: number): number {
  return milliCpu === 0 ? 2 : Math.min(Math.max(Math.floor((milliCpu * 1024) / 1000), 2), 262_144)
}

/** 0: no limit. The kernel takes no quota below one millisecond. */
export function cpuQuota(milliCpu: number): number {
  return milliCpu === 0 ? 0 : Math.max(Math.floor((milliCpu * quotaPeriod) / 1000), 1_000)
}

/** Who is killed first when memory runs out: -997 for Guaranteed and critical pods, 1000 for BestEffort, between by the share of memory asked for. */
export function oomScoreAdj(pod: Pod, container: Container, memoryCapacity: number): number {
  if ((pod.spec?.priority ?? 0) >= 2_000_000_000) return -997
  const qos = qosClass(pod)
  if (qos === 'Guaranteed') return -997
  if (qos === 'BestEffort') return 1000
  const request = whole(container.resources?.requests as ResourceList | undefined, 'memory')
  const score = 1000 - Math.floor((1000 * request) / memoryCapacity)
  return Math.min(Math.max(score, 3), 999)
}

export function linuxResources(pod: Pod, container: Container, memoryCapacity: number): Loose<LinuxContainerResources> {
  const requests = container.resources?.requests as ResourceList | undefined
  const limits = container.resources?.limits as ResourceList | undefined
  const cpuLimit = milli(limits, 'cpu')
  return {
    cpuShares: cpuShares(milli(requests, 'cpu') || cpuLimit),
    cpuPeriod: quotaPeriod,
    cpuQuota: cpuQuota(cpuLimit),
    memoryLimitInBytes: whole(limits, 'memory'),
    oomScoreAdj: oomScoreAdj(pod, container, memoryCapacity),
    hugepageLimits: Object.keys(limits ?? {})
      .filter(name => name.startsWith('hugepages-'))
      .map(name => ({ pageSize: name.slice('hugepages-'.length).replace('i', 'B'), limit: whole(limits, name) })),
  }
}
