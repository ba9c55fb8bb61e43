import type { Clock, Logger } from '@kubets/component'
import type { ContainerEventResponse, Loose } from '@kubets/cri'
import type { Cgroups } from './cgroup/cgroups.ts'
import type { Conmon } from './container/conmon.ts'
import type { Runc } from './container/runc.ts'
import type { Supervisor } from './container/supervisor.ts'
import type { Broadcaster } from './events/broadcaster.ts'
import type { ImageStore } from './images/contract.ts'
import type { ShimPaths } from './paths.ts'
import type { Cni } from './sandbox/cni/network.ts'
import type { ContainerStore } from './store/container-store.ts'
import type { KeyedMutex } from './store/keyed-mutex.ts'
import type { SandboxStore } from './store/sandbox-store.ts'
import type { StreamUrls } from './streaming/stream-urls.ts'
import type { OwnLimits } from './system/own-limits.ts'
import type { Run } from './system/run.ts'
import type { Syscalls } from './system/syscalls.ts'
import type { Tools } from './system/tools.ts'

/** What the methods of the runtime service work with. Made once, at start. */
export interface ShimContext {
  readonly paths: ShimPaths
  /** Where containers go whose pod names no cgroup. */
  readonly cgroupRoot: string
  readonly log: Logger
  readonly clock: Clock
  readonly run: Run
  readonly sys: Syscalls
  readonly tools: Tools
  readonly limits: OwnLimits
  readonly images: ImageStore
  readonly sandboxes: SandboxStore
  readonly containers: ContainerStore
  /** Held by whoever changes a sandbox (by its id) or a container (by its id), the sandbox's first. */
  readonly locks: KeyedMutex
  readonly runc: Runc
  readonly conmon: Conmon
  readonly supervisor: Supervisor
  readonly cni: Cni
  readonly cgroups: Cgroups
  readonly events: Broadcaster<Loose<ContainerEventResponse>>
  readonly streaming: StreamUrls
}

/** CRI's form of time: nanoseconds since 1970 in decimal digits. */
export const nanos = (clock: Clock): string => String(BigInt(clock.now()) * 1_000_000n)
