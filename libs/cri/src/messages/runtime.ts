/** The runtime itself: version, conditions, configuration. */

export type CgroupDriver = 'SYSTEMD' | 'CGROUPFS'

export interface NetworkConfig {
  /** Address range that pods of this node get. */
  podCidr: string
}

export interface RuntimeConfig {
  networkConfig: NetworkConfig | null
}

export interface RuntimeCondition {
  /** RuntimeReady or NetworkReady. */
  type: string
  status: boolean
  reason: string
  message: string
}

export interface RuntimeStatus {
  conditions: RuntimeCondition[]
}

export interface RuntimeHandlerFeatures {
  recursiveReadOnlyMounts: boolean
  userNamespaces: boolean
}

export interface RuntimeHandler {
  name: string
  features: RuntimeHandlerFeatures | null
}

export interface RuntimeFeatures {
  supplementalGroupsPolicy: boolean
  userNamespacesHostNetwork: boolean
}

export interface LinuxRuntimeConfiguration {
  cgroupDriver: CgroupDriver
}

export interface VersionRequest {
  /** The kubelet's API version. */
  version: string
}

export interface VersionResponse {
  version: string
  runtimeName: string
  runtimeVersion: string
  runtimeApiVersion: string
}

export interface UpdateRuntimeConfigRequest {
  runtimeConfig: RuntimeConfig | null
}

export type UpdateRuntimeConfigResponse = Record<never, never>

export interface StatusRequest {
  /** Asks for `info`: free-form JSON values for people. */
  verbose: boolean
}

export interface StatusResponse {
  status: RuntimeStatus | null
  info: Record<string, string>
  runtimeHandlers: RuntimeHandler[]
  features: RuntimeFeatures | null
}

export type RuntimeConfigRequest = Record<never, never>

export interface RuntimeConfigResponse {
  linux: LinuxRuntimeConfiguration | null
}
