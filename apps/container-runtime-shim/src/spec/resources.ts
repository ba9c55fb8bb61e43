import type { LinuxContainerResources } from '@kubets/cri'
import type { OciResources } from './oci-spec.ts'

/** CRI's resources as the OCI specification has them. CRI's 0 means 'not set' and is left out. */
export function ociResources(resources: LinuxContainerResources | null): Omit<OciResources, 'devices'> {
  if (!resources) return {}
  const cpu: NonNullable<OciResources['cpu']> = {}
  if (Number(resources.cpuShares) > 0) cpu.shares = Math.max(2, Number(resources.cpuShares)) // the kernel's least is 2
  if (Number(resources.cpuQuota) !== 0) cpu.quota = Number(resources.cpuQuota)
  if (Number(resources.cpuPeriod) > 0) cpu.period = Number(resources.cpuPeriod)
  if (resources.cpusetCpus !== '') cpu.cpus = resources.cpusetCpus
  if (resources.cpusetMems !== '') cpu.mems = resources.cpusetMems
  const memory: NonNullable<OciResources['memory']> = {}
  if (Number(resources.memoryLimitInBytes) !== 0) memory.limit = Number(resources.memoryLimitInBytes)
  if (Number(resources.memorySwapLimitInBytes) !== 0) memory.swap = Number(resources.memorySwapLimitInBytes)
  const pids = resources.unified['pids.max']
  return {
    ...(Object.keys(cpu).length > 0 ? { cpu } : {}),
    ...(Object.keys(memory).length > 0 ? { memory } : {}),
    ...(pids !== undefined && /^\d+$/.test(pids) ? { pids: { limit: Number(pids) } } : {}),
    ...(resources.hugepageLimits.length > 0
      ? { hugepageLimits: resources.hugepageLimits.map(h => ({ pageSize: h.pageSize, limit: Number(h.limit) })) }
      : {}),
    ...(Object.keys(resources.unified).length > 0 ? { unified: resources.unified } : {}),
  }
}

/** The fields of `change` that are set, over what stood before. */
export function mergeResources(
  before: LinuxContainerResources | null,
  change: LinuxContainerResources,
): LinuxContainerResources {
  if (!before) return change
  const set = (value: unknown) =>
    value !== '' && value !== '0' && !(typeof value === 'object' && Object.keys(value ?? {}).length === 0)
  return {
    ...before,
    ...(Object.fromEntries(
      Object.entries(change).filter(([, value]) => set(value)),
    ) as Partial<LinuxContainerResources>),
  }
}
