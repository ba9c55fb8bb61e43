/** A container of a pod sandbox. */
import type { ImageSpec } from './image.ts'
import type { Int64 } from './int64.ts'
import type { PodSandboxConfig } from './pod-sandbox.ts'
import type { ContainerResources, LinuxContainerResources } from './resources.ts'
import type { ContainerUser, IDMapping, LinuxContainerSecurityContext } from './security.ts'
import type { KeyValue } from './values.ts'
import type { WindowsContainerConfig } from './windows.ts'

export type MountPropagation = 'PROPAGATION_PRIVATE' | 'PROPAGATION_HOST_TO_CONTAINER' | 'PROPAGATION_BIDIRECTIONAL'

/** Numbers of CRI, not of the kernel. */
export type Signal =
  | 'RUNTIME_DEFAULT'
  | 'SIGABRT'
  | 'SIGALRM'
  | 'SIGBUS'
  | 'SIGCHLD'
  | 'SIGCLD'
  | 'SIGCONT'
  | 'SIGFPE'
  | 'SIGHUP'
  | 'SIGILL'
  | 'SIGINT'
  | 'SIGIO'
  | 'SIGIOT'
  | 'SIGKILL'
  | 'SIGPIPE'
  | 'SIGPOLL'
  | 'SIGPROF'
  | 'SIGPWR'
  | 'SIGQUIT'
  | 'SIGSEGV'
  | 'SIGSTKFLT'
  | 'SIGSTOP'
  | 'SIGSYS'
  | 'SIGTERM'
  | 'SIGTRAP'
  | 'SIGTSTP'
  | 'SIGTTIN'
  | 'SIGTTOU'
  | 'SIGURG'
  | 'SIGUSR1'
  | 'SIGUSR2'
  | 'SIGVTALRM'
  | 'SIGWINCH'
  | 'SIGXCPU'
  | 'SIGXFSZ'
  | 'SIGRTMIN'
  | 'SIGRTMINPLUS1'
  | 'SIGRTMINPLUS2'
  | 'SIGRTMINPLUS3'
  | 'SIGRTMINPLUS4'
  | 'SIGRTMINPLUS5'
  | 'SIGRTMINPLUS6'
  | 'SIGRTMINPLUS7'
  | 'SIGRTMINPLUS8'
  | 'SIGRTMINPLUS9'
  | 'SIGRTMINPLUS10'
  | 'SIGRTMINPLUS11'
  | 'SIGRTMINPLUS12'
  | 'SIGRTMINPLUS13'
  | 'SIGRTMINPLUS14'
  | 'SIGRTMINPLUS15'
  | 'SIGRTMAXMINUS14'
  | 'SIGRTMAXMINUS13'
  | 'SIGRTMAXMINUS12'
  | 'SIGRTMAXMINUS11'
  | 'SIGRTMAXMINUS10'
  | 'SIGRTMAXMINUS9'
  | 'SIGRTMAXMINUS8'
  | 'SIGRTMAXMINUS7'
  | 'SIGRTMAXMINUS6'
  | 'SIGRTMAXMINUS5'
  | 'SIGRTMAXMINUS4'
  | 'SIGRTMAXMINUS3'
  | 'SIGRTMAXMINUS2'
  | 'SIGRTMAXMINUS1'
  | 'SIGRTMAX'

export type ContainerState = 'CONTAINER_CREATED' | 'CONTAINER_RUNNING' | 'CONTAINER_EXITED' | 'CONTAINER_UNKNOWN'

export interface Mount {
  containerPath: string
  /** Must exist, unless `image` is set. */
  hostPath: string
  readonly: boolean
  selinuxRelabel: boolean
  propagation: MountPropagation
  uidMappings: IDMapping[]
  gidMappings: IDMapping[]
  /** Every mount below becomes read-only too; needs `readonly` and private propagation. */
  recursiveReadOnly: boolean
  /** An image whose content is mounted instead of a host path. */
  image: ImageSpec | null
  imageSubPath: string
}

export interface LinuxContainerConfig {
  resources: LinuxContainerResources | null
  securityContext: LinuxContainerSecurityContext | null
}

/** Name in the pod's spec; attempt counts the containers made for it. */
export interface ContainerMetadata {
  name: string
  attempt: number
}

export interface Device {
  containerPath: string
  hostPath: string
  permissions: string
}

export interface CDIDevice {
  name: string
}

export interface ContainerConfig {
  metadata: ContainerMetadata | null
  image: ImageSpec | null
  /** Replaces the image's entrypoint. */
  command: string[]
  /** Replaces the image's command. */
  args: string[]
  workingDir: string
  envs: KeyValue[]
  mounts: Mount[]
  devices: Device[]
  labels: Record<string, string>
  annotations: Record<string, string>
  /** Relative to the sandbox's log_directory. */
  logPath: string
  stdin: boolean
  /** Standard input ends when the first client that attached goes. */
  stdinOnce: boolean
  tty: boolean
  linux: LinuxContainerConfig | null
  windows: WindowsContainerConfig | null
  CDIDevices: CDIDevice[]
  stopSignal: Signal
}

export interface ContainerStateValue {
  state: ContainerState
}

export interface ContainerFilter {
  id: string
  state: ContainerStateValue | null
  podSandboxId: string
  labelSelector: Record<string, string>
}

export interface Container {
  id: string
  podSandboxId: string
  metadata: ContainerMetadata | null
  image: ImageSpec | null
  imageRef: string
  state: ContainerState
  createdAt: Int64
  labels: Record<string, string>
  annotations: Record<string, string>
  imageId: string
}

export interface ContainerStatus {
  id: string
  metadata: ContainerMetadata | null
  state: ContainerState
  /** Nanoseconds since 1970. */
  createdAt: Int64
  /** 0 until it has started. */
  startedAt: Int64
  /** 0 until it has ended. */
  finishedAt: Int64
  exitCode: number
  image: ImageSpec | null
  /** What was asked for, resolved; `image_id` is the id on this node. */
  imageRef: string
  /** CamelCase: Completed, Error, OOMKilled, StartError, ContainerStatusUnknown. */
  reason: string
  message: string
  labels: Record<string, string>
  annotations: Record<string, string>
  mounts: Mount[]
  logPath: string
  resources: ContainerResources | null
  imageId: string
  user: ContainerUser | null
  stopSignal: Signal
}

export interface CreateContainerRequest {
  podSandboxId: string
  config: ContainerConfig | null
  sandboxConfig: PodSandboxConfig | null
}

export interface CreateContainerResponse {
  containerId: string
}

export interface StartContainerRequest {
  containerId: string
}

export type StartContainerResponse = Record<never, never>

export interface StopContainerRequest {
  containerId: string
  /** Seconds until SIGKILL. */
  timeout: Int64
}

export type StopContainerResponse = Record<never, never>

export interface RemoveContainerRequest {
  containerId: string
}

export type RemoveContainerResponse = Record<never, never>

export interface ListContainersRequest {
  filter: ContainerFilter | null
}

export interface ListContainersResponse {
  containers: Container[]
}

export interface StreamContainersRequest {
  filter: ContainerFilter | null
}

export interface StreamContainersResponse {
  containers: Container[]
}

export interface ContainerStatusRequest {
  containerId: string
  verbose: boolean
}

export interface ContainerStatusResponse {
  status: ContainerStatus | null
  info: Record<string, string>
}

export interface ReopenContainerLogRequest {
  containerId: string
}

export type ReopenContainerLogResponse = Record<never, never>

export interface CheckpointContainerRequest {
  containerId: string
  location: string
  /** Seconds; 0: the runtime's own. */
  timeout: Int64
}

export type CheckpointContainerResponse = Record<never, never>
