/** Windows nodes. kubets has none; the numbers are kept so that nothing is misread. */
import type { Int64 } from './int64.ts'
import type { NamespaceMode } from './security.ts'
import type { ContainerAttributes, FilesystemIdentifier } from './usage.ts'
import type { UInt64Value } from './values.ts'

export interface WindowsPodSandboxStats {
  cpu: WindowsCpuUsage | null
  memory: WindowsMemoryUsage | null
  network: WindowsNetworkUsage | null
  process: WindowsProcessUsage | null
  containers: WindowsContainerStats[]
}

export interface WindowsNetworkUsage {
  timestamp: Int64
  defaultInterface: WindowsNetworkInterfaceUsage | null
  interfaces: WindowsNetworkInterfaceUsage[]
}

export interface WindowsNetworkInterfaceUsage {
  name: string
  rxBytes: UInt64Value | null
  rxPacketsDropped: UInt64Value | null
  txBytes: UInt64Value | null
  txPacketsDropped: UInt64Value | null
}

export interface WindowsProcessUsage {
  timestamp: Int64
  processCount: UInt64Value | null
}

export interface WindowsNamespaceOption {
  network: NamespaceMode
}

export interface WindowsSandboxSecurityContext {
  runAsUsername: string
  credentialSpec: string
  hostProcess: boolean
  namespaceOptions: WindowsNamespaceOption | null
}

export interface WindowsPodSandboxConfig {
  securityContext: WindowsSandboxSecurityContext | null
}

export interface WindowsContainerSecurityContext {
  runAsUsername: string
  credentialSpec: string
  hostProcess: boolean
}

export interface WindowsContainerConfig {
  resources: WindowsContainerResources | null
  securityContext: WindowsContainerSecurityContext | null
}

export interface WindowsContainerResources {
  cpuShares: Int64
  cpuCount: Int64
  cpuMaximum: Int64
  memoryLimitInBytes: Int64
  rootfsSizeInBytes: Int64
  affinityCpus: WindowsCpuGroupAffinity[]
}

export interface WindowsCpuGroupAffinity {
  cpuMask: Int64
  cpuGroup: number
}

export interface WindowsFilesystemUsage {
  timestamp: Int64
  fsId: FilesystemIdentifier | null
  usedBytes: UInt64Value | null
}

export interface WindowsContainerStats {
  attributes: ContainerAttributes | null
  cpu: WindowsCpuUsage | null
  memory: WindowsMemoryUsage | null
  writableLayer: WindowsFilesystemUsage | null
}

export interface WindowsCpuUsage {
  timestamp: Int64
  usageCoreNanoSeconds: UInt64Value | null
  usageNanoCores: UInt64Value | null
}

export interface WindowsMemoryUsage {
  timestamp: Int64
  workingSetBytes: UInt64Value | null
  availableBytes: UInt64Value | null
  pageFaults: UInt64Value | null
  commitMemoryBytes: UInt64Value | null
}
