/** Who a process is and what it may do. */
import type { Int64 } from './int64.ts'
import type { Int64Value } from './values.ts'

/** POD: shared in the pod. CONTAINER: its own. NODE: the node's. TARGET: that of another container. */
export type NamespaceMode = 'POD' | 'CONTAINER' | 'NODE' | 'TARGET'

/** Merge adds the groups of the image's /etc/group; Strict takes only those given. */
export type SupplementalGroupsPolicy = 'Merge' | 'Strict'

export interface IDMapping {
  hostId: number
  containerId: number
  /** How many ids follow. */
  length: number
}

export interface UserNamespace {
  mode: NamespaceMode
  uids: IDMapping[]
  gids: IDMapping[]
}

export interface NamespaceOption {
  network: NamespaceMode
  pid: NamespaceMode
  ipc: NamespaceMode
  /** The container whose namespace is joined, for mode TARGET. */
  targetId: string
  usernsOptions: UserNamespace | null
}

export interface LinuxSandboxSecurityContext {
  namespaceOptions: NamespaceOption | null
  selinuxOptions: SELinuxOption | null
  runAsUser: Int64Value | null
  readonlyRootfs: boolean
  supplementalGroups: Int64[]
  privileged: boolean
  /** @deprecated by upstream */
  seccompProfilePath: string
  runAsGroup: Int64Value | null
  seccomp: SecurityProfile | null
  apparmor: SecurityProfile | null
  supplementalGroupsPolicy: SupplementalGroupsPolicy
}

export interface SecurityProfile {
  profileType: 'RuntimeDefault' | 'Unconfined' | 'Localhost'
  /** Absolute path, for Localhost. */
  localhostRef: string
}

export interface SELinuxOption {
  user: string
  role: string
  type: string
  level: string
}

export interface Capability {
  addCapabilities: string[]
  dropCapabilities: string[]
  addAmbientCapabilities: string[]
}

export interface LinuxContainerSecurityContext {
  capabilities: Capability | null
  privileged: boolean
  namespaceOptions: NamespaceOption | null
  selinuxOptions: SELinuxOption | null
  runAsUser: Int64Value | null
  /** Looked up in the image's /etc/passwd. */
  runAsUsername: string
  readonlyRootfs: boolean
  supplementalGroups: Int64[]
  /** @deprecated by upstream */
  apparmorProfile: string
  /** @deprecated by upstream */
  seccompProfilePath: string
  noNewPrivs: boolean
  /** Needs run_as_user or run_as_username. */
  runAsGroup: Int64Value | null
  maskedPaths: string[]
  readonlyPaths: string[]
  seccomp: SecurityProfile | null
  apparmor: SecurityProfile | null
  supplementalGroupsPolicy: SupplementalGroupsPolicy
}

export interface LinuxContainerUser {
  uid: Int64
  gid: Int64
  supplementalGroups: Int64[]
}

export interface ContainerUser {
  linux: LinuxContainerUser | null
}
