import type { ContainerConfig, LinuxContainerResources } from '@kubets/cri'
import type { ImageConfig } from '../images/contract.ts'
import { capabilityNames, type OwnLimits } from '../system/own-limits.ts'
import { capabilitiesFor } from './capabilities.ts'
import type { DeviceAccess } from './devices.ts'
import { baseMounts, inMountOrder, rootPropagation } from './mounts.ts'
import { containerNamespaces, type PinnedNamespaces } from './namespaces.ts'
import type { OciMount, OciSeccomp, OciSpec } from './oci-spec.ts'
import { processArgs, processEnv } from './process.ts'
import { ociResources } from './resources.ts'
import type { ResolvedUser } from './user.ts'

/** Everything that the specification of a container follows from; nothing is read from anywhere else. */
export interface SpecInput {
  config: ContainerConfig
  image: ImageConfig
  user: ResolvedUser
  /** Absolute path of the mounted root file system. */
  rootfs: string
  cgroupPath: string
  hostname: string
  /** Absolute path of the pod's /dev/shm. */
  shm: string
  namespaces: PinnedNamespaces
  targetPid?: number
  /** The pod's sysctls are set in its namespaces once; this only says whether the kernel's cgroup mount is shown. */
  cgroupMount: boolean
  /** Volumes, images, and the files that the pod's containers share (resolv.conf, hosts, hostname). */
  volumes: readonly OciMount[]
  devices: DeviceAccess
  /** `undefined`: unconfined. */
  seccomp: OciSeccomp | undefined
  limits: OwnLimits
  annotations: Record<string, string>
}

export interface BuiltSpec {
  spec: OciSpec
  /** What was asked for and could not be given, a sentence each. */
  clamped: string[]
}

/** The OCI specification of a container. Throws for what cannot be run, with a message for the person who wrote the pod. */
export function buildSpec(input: SpecInput): BuiltSpec {
  const { config, limits, user } = input
  const security = config.linux?.securityContext ?? null
  const privileged = security?.privileged ?? false
  const capabilities = capabilitiesFor(security?.capabilities ?? null, privileged, capabilityNames, limits.capabilities)
  const oom = oomScore(config.linux?.resources ?? null, limits)
  const clamped = [
    ...(capabilities.withheld.length > 0
      ? [`capabilities withheld, the runtime does not have them: ${capabilities.withheld.join(', ')}`]
      : []),
    ...(oom.clampedFrom === undefined ? [] : [`oom_score_adj ${oom.clampedFrom} raised to ${oom.value}`]),
  ]
  const propagation = rootPropagation(config.mounts)
  // a user without CAP_SETUID gets its capabilities through exec only when they are ambient; root gets them anyway
  const effective = user.uid === 0 ? capabilities.granted : capabilities.ambient
  const mounts = inMountOrder([
    ...baseMounts({
      privileged,
      shm: input.shm,
      cgroup: input.cgroupMount,
    }).filter(base => !input.volumes.some(volume => volume.destination === base.destination)),
    ...input.volumes,
  ])
  const spec: OciSpec = {
    ociVersion: '1.0.2',
    process: {
      terminal: config.tty,
      user: { uid: user.uid, gid: user.gid, additionalGids: user.additionalGids },
      args: processArgs(config, input.image),
      env: processEnv(config, input.image, input.hostname),
      cwd: config.workingDir || input.image.WorkingDir || '/',
      capabilities: {
        bounding: capabilities.granted,
        effective,
        permitted: effective,
        inheritable: capabilities.ambient,
        ambient: capabilities.ambient,
      },
      noNewPrivileges: security?.noNewPrivs ?? false,
      ...(oom.value === undefined ? {} : { oomScoreAdj: oom.value }),
    },
    root: { path: input.rootfs, readonly: security?.readonlyRootfs ?? false },
    mounts,
    linux: {
      cgroupsPath: input.cgroupPath,
      resources: { devices: input.devices.rules, ...ociResources(config.linux?.resources ?? null) },
      namespaces: containerNamespaces(security?.namespaceOptions ?? null, input.namespaces, input.targetPid),
      devices: input.devices.devices,
      maskedPaths: privileged ? [] : (security?.maskedPaths ?? []),
      readonlyPaths: privileged ? [] : (security?.readonlyPaths ?? []),
      ...(input.seccomp && !privileged ? { seccomp: input.seccomp } : {}),
      ...(propagation ? { rootfsPropagation: propagation } : {}),
    },
    annotations: input.annotations,
  }
  return { spec, clamped }
}

function oomScore(
  resources: LinuxContainerResources | null,
  limits: OwnLimits,
): { value?: number; clampedFrom?: number } {
  if (!resources) return {}
  const asked = Number(resources.oomScoreAdj)
  if (asked >= limits.lowestOomScoreAdj) return { value: asked }
  return { value: limits.lowestOomScoreAdj, clampedFrom: asked }
}
