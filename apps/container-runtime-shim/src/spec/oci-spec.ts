/** The parts of the OCI runtime specification (version 1.0.2, config.json) that we write. */
export interface OciSpec {
  ociVersion: string
  process: OciProcess
  root: { path: string; readonly: boolean }
  hostname?: string
  mounts: OciMount[]
  linux: OciLinux
  annotations: Record<string, string>
}

export interface OciProcess {
  terminal: boolean
  user: { uid: number; gid: number; additionalGids: number[] }
  args: string[]
  env: string[]
  cwd: string
  capabilities: Record<'bounding' | 'effective' | 'inheritable' | 'permitted' | 'ambient', string[]>
  noNewPrivileges: boolean
  oomScoreAdj?: number
}

export interface OciMount {
  destination: string
  type: string
  source: string
  options: string[]
}

export interface OciNamespace {
  type: 'network' | 'pid' | 'ipc' | 'uts' | 'mount' | 'cgroup'
  path?: string
}

export interface OciDevice {
  path: string
  type: 'b' | 'c'
  major: number
  minor: number
  fileMode: number
  uid: number
  gid: number
}

export interface OciDeviceRule {
  allow: boolean
  type?: 'a' | 'b' | 'c'
  major?: number
  minor?: number
  access: string
}

export interface OciResources {
  devices: OciDeviceRule[]
  cpu?: { shares?: number; quota?: number; period?: number; cpus?: string; mems?: string }
  memory?: { limit?: number; swap?: number }
  pids?: { limit: number }
  hugepageLimits?: { pageSize: string; limit: number }[]
  unified?: Record<string, string>
}

export interface OciSeccomp {
  defaultAction: string
  defaultErrnoRet?: number
  architectures?: string[]
  syscalls?: {
    names: string[]
    action: string
    errnoRet?: number
    args?: { index: number; value: number; valueTwo?: number; op: string }[]
  }[]
}

export interface OciLinux {
  cgroupsPath: string
  resources: OciResources
  namespaces: OciNamespace[]
  devices: OciDevice[]
  sysctl?: Record<string, string>
  seccomp?: OciSeccomp
  maskedPaths: string[]
  readonlyPaths: string[]
  rootfsPropagation?: string
}
