/** What a container or a pod may use. */
import type { Int64 } from './int64.ts'
import type { WindowsContainerResources } from './windows.ts'

/** 0 and empty mean: not set. */
export interface LinuxContainerResources {
  /** Microseconds. */
  cpuPeriod: Int64
  /** Microseconds a period. */
  cpuQuota: Int64
  cpuShares: Int64
  memoryLimitInBytes: Int64
  oomScoreAdj: Int64
  cpusetCpus: string
  cpusetMems: string
  hugepageLimits: HugepageLimit[]
  /** Files of cgroup v2 and what to write into them. */
  unified: Record<string, string>
  /** Memory and swap together. */
  memorySwapLimitInBytes: Int64
}

export interface HugepageLimit {
  /** As the kernel names it: 2MB, 1GB. */
  pageSize: string
  limit: Int64
}

export interface ContainerResources {
  linux: LinuxContainerResources | null
  windows: WindowsContainerResources | null
}

export interface UpdateContainerResourcesRequest {
  containerId: string
  linux: LinuxContainerResources | null
  windows: WindowsContainerResources | null
  annotations: Record<string, string>
}

export type UpdateContainerResourcesResponse = Record<never, never>

export interface UpdatePodSandboxResourcesRequest {
  podSandboxId: string
  overhead: LinuxContainerResources | null
  resources: LinuxContainerResources | null
}

export type UpdatePodSandboxResourcesResponse = Record<never, never>
