/** What a container or a pod uses. */
import type { ContainerMetadata } from './container.ts'
import type { Int64 } from './int64.ts'
import type { PodSandboxMetadata } from './pod-sandbox.ts'
import type { UInt64Value } from './values.ts'
import type { WindowsPodSandboxStats } from './windows.ts'

export interface PodSandboxStatsFilter {
  id: string
  labelSelector: Record<string, string>
}

export interface PodSandboxAttributes {
  id: string
  metadata: PodSandboxMetadata | null
  labels: Record<string, string>
  annotations: Record<string, string>
}

export interface PodSandboxStats {
  attributes: PodSandboxAttributes | null
  linux: LinuxPodSandboxStats | null
  windows: WindowsPodSandboxStats | null
}

export interface LinuxPodSandboxStats {
  cpu: CpuUsage | null
  memory: MemoryUsage | null
  network: NetworkUsage | null
  process: ProcessUsage | null
  containers: ContainerStats[]
  io: IoUsage | null
}

export interface NetworkUsage {
  timestamp: Int64
  defaultInterface: NetworkInterfaceUsage | null
  interfaces: NetworkInterfaceUsage[]
}

export interface NetworkInterfaceUsage {
  name: string
  rxBytes: UInt64Value | null
  rxErrors: UInt64Value | null
  txBytes: UInt64Value | null
  txErrors: UInt64Value | null
}

export interface ProcessUsage {
  timestamp: Int64
  processCount: UInt64Value | null
}

export interface FilesystemIdentifier {
  /** Where the file system is mounted. */
  mountpoint: string
}

export interface FilesystemUsage {
  timestamp: Int64
  fsId: FilesystemIdentifier | null
  usedBytes: UInt64Value | null
  inodesUsed: UInt64Value | null
}

export interface ContainerStatsFilter {
  id: string
  podSandboxId: string
  labelSelector: Record<string, string>
}

export interface ContainerAttributes {
  id: string
  metadata: ContainerMetadata | null
  labels: Record<string, string>
  annotations: Record<string, string>
}

export interface ContainerStats {
  attributes: ContainerAttributes | null
  cpu: CpuUsage | null
  memory: MemoryUsage | null
  writableLayer: FilesystemUsage | null
  swap: SwapUsage | null
  io: IoUsage | null
}

export interface PsiStats {
  Full: PsiData | null
  Some: PsiData | null
}

export interface PsiData {
  /** Nanoseconds. */
  Total: Int64
  Avg10: number
  Avg60: number
  Avg300: number
}

export interface CpuUsage {
  /** Nanoseconds since 1970. */
  timestamp: Int64
  usageCoreNanoSeconds: UInt64Value | null
  /** Rate since the last sample. */
  usageNanoCores: UInt64Value | null
  psi: PsiStats | null
}

export interface MemoryUsage {
  timestamp: Int64
  workingSetBytes: UInt64Value | null
  /** Limit minus working set. */
  availableBytes: UInt64Value | null
  usageBytes: UInt64Value | null
  rssBytes: UInt64Value | null
  pageFaults: UInt64Value | null
  majorPageFaults: UInt64Value | null
  psi: PsiStats | null
}

export interface IoUsage {
  timestamp: Int64
  psi: PsiStats | null
}

export interface SwapUsage {
  timestamp: Int64
  swapAvailableBytes: UInt64Value | null
  swapUsageBytes: UInt64Value | null
}

export interface PodSandboxStatsRequest {
  podSandboxId: string
}

export interface PodSandboxStatsResponse {
  stats: PodSandboxStats | null
}

export interface ListPodSandboxStatsRequest {
  filter: PodSandboxStatsFilter | null
}

export interface ListPodSandboxStatsResponse {
  stats: PodSandboxStats[]
}

export interface StreamPodSandboxStatsRequest {
  filter: PodSandboxStatsFilter | null
}

export interface StreamPodSandboxStatsResponse {
  podSandboxStats: PodSandboxStats[]
}

export interface ContainerStatsRequest {
  containerId: string
}

export interface ContainerStatsResponse {
  stats: ContainerStats | null
}

export interface ListContainerStatsRequest {
  filter: ContainerStatsFilter | null
}

export interface ListContainerStatsResponse {
  stats: ContainerStats[]
}

export interface StreamContainerStatsRequest {
  filter: ContainerStatsFilter | null
}

export interface StreamContainerStatsResponse {
  containerStats: ContainerStats[]
}
