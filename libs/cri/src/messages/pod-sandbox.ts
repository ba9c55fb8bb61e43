/** A pod sandbox: the namespaces, the network and the limits that the containers of one pod share. */
import type { ContainerStatus } from './container.ts'
import type { Int64 } from './int64.ts'
import type { LinuxContainerResources } from './resources.ts'
import type { LinuxSandboxSecurityContext, NamespaceOption } from './security.ts'
import type { WindowsPodSandboxConfig } from './windows.ts'

export type Protocol = 'TCP' | 'UDP' | 'SCTP'

export type PodSandboxState = 'SANDBOX_READY' | 'SANDBOX_NOTREADY'

export interface DNSConfig {
  servers: string[]
  searches: string[]
  options: string[]
}

export interface PortMapping {
  protocol: Protocol
  containerPort: number
  /** 0: none. */
  hostPort: number
  hostIp: string
}

export interface LinuxPodSandboxConfig {
  /** Cgroup that the pod's containers are placed under, made by the kubelet. */
  cgroupParent: string
  securityContext: LinuxSandboxSecurityContext | null
  sysctls: Record<string, string>
  overhead: LinuxContainerResources | null
  resources: LinuxContainerResources | null
}

/** Name, namespace and uid of the pod; attempt counts the sandboxes made for it. */
export interface PodSandboxMetadata {
  name: string
  uid: string
  namespace: string
  attempt: number
}

export interface PodSandboxConfig {
  metadata: PodSandboxMetadata | null
  /** Empty for pods in the node's network namespace. */
  hostname: string
  /** Absolute; the `log_path` of its containers is relative to it. */
  logDirectory: string
  dnsConfig: DNSConfig | null
  portMappings: PortMapping[]
  labels: Record<string, string>
  annotations: Record<string, string>
  linux: LinuxPodSandboxConfig | null
  windows: WindowsPodSandboxConfig | null
}

export interface PodIP {
  ip: string
}

export interface PodSandboxNetworkStatus {
  ip: string
  additionalIps: PodIP[]
}

export interface Namespace {
  options: NamespaceOption | null
}

export interface LinuxPodSandboxStatus {
  namespaces: Namespace | null
}

export interface PodSandboxStatus {
  id: string
  metadata: PodSandboxMetadata | null
  state: PodSandboxState
  /** Nanoseconds since 1970. */
  createdAt: Int64
  network: PodSandboxNetworkStatus | null
  linux: LinuxPodSandboxStatus | null
  labels: Record<string, string>
  annotations: Record<string, string>
  runtimeHandler: string
}

export interface PodSandboxStateValue {
  state: PodSandboxState
}

export interface PodSandboxFilter {
  id: string
  state: PodSandboxStateValue | null
  /** Equality only. */
  labelSelector: Record<string, string>
}

export interface PodSandbox {
  id: string
  metadata: PodSandboxMetadata | null
  state: PodSandboxState
  /** Nanoseconds since 1970. */
  createdAt: Int64
  labels: Record<string, string>
  annotations: Record<string, string>
  runtimeHandler: string
}

export interface RunPodSandboxRequest {
  config: PodSandboxConfig | null
  runtimeHandler: string
}

export interface RunPodSandboxResponse {
  podSandboxId: string
}

export interface StopPodSandboxRequest {
  podSandboxId: string
}

export type StopPodSandboxResponse = Record<never, never>

export interface RemovePodSandboxRequest {
  podSandboxId: string
}

export type RemovePodSandboxResponse = Record<never, never>

export interface PodSandboxStatusRequest {
  podSandboxId: string
  verbose: boolean
}

export interface PodSandboxStatusResponse {
  status: PodSandboxStatus | null
  info: Record<string, string>
  /** Filled by runtimes that send container events. */
  containersStatuses: ContainerStatus[]
  /** When the answer was made, nanoseconds since 1970. */
  timestamp: Int64
}

export interface ListPodSandboxRequest {
  filter: PodSandboxFilter | null
}

export interface ListPodSandboxResponse {
  items: PodSandbox[]
}

export interface StreamPodSandboxesRequest {
  filter: PodSandboxFilter | null
}

export interface StreamPodSandboxesResponse {
  podSandboxes: PodSandbox[]
}
