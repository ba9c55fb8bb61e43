import { join } from 'node:path'
import type { Container, Pod } from '@kubets/api-types'
import type {
  LinuxContainerSecurityContext,
  LinuxSandboxSecurityContext,
  Loose,
  NamespaceMode,
  SecurityProfile,
} from '@kubets/cri'
import { present } from '../present.ts'
import { configError } from './errors.ts'

type Profile = { type: string; localhostProfile?: string } | undefined

/** What upstream hides from containers whose procMount is Default. */
const maskedPaths = [
  '/proc/asound',
  '/proc/acpi',
  '/proc/interrupts',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/sys/firmware',
  '/sys/devices/virtual/powercap',
]
const readonlyPaths = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger']

function profile(given: Profile, root: string, privileged: boolean): Loose<SecurityProfile> {
  if (privileged || given === undefined || given.type === 'Unconfined') return { profileType: 'Unconfined' }
  if (given.type === 'Localhost')
    return { profileType: 'Localhost', localhostRef: join(root, 'seccomp', given.localhostProfile ?? '') }
  return { profileType: 'RuntimeDefault' }
}

function namespaces(pod: Pod): { network: NamespaceMode; pid: NamespaceMode; ipc: NamespaceMode } {
  const { hostNetwork, hostPID, hostIPC, shareProcessNamespace } = pod.spec ?? {}
  return {
    network: hostNetwork ? 'NODE' : 'POD',
    pid: hostPID ? 'NODE' : shareProcessNamespace ? 'POD' : 'CONTAINER',
    ipc: hostIPC ? 'NODE' : 'POD',
  }
}

const id = (value: number | undefined) => (value === undefined ? undefined : { value: String(value) })

/** What the pod's own security context says to the sandbox. */
export function sandboxSecurityContext(pod: Pod, rootDir: string): Loose<LinuxSandboxSecurityContext> {
  const context = pod.spec?.securityContext
  const privileged = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])].some(
    container => container.securityContext?.privileged === true,
  )
  return present({
    namespaceOptions: namespaces(pod),
    privileged,
    runAsUser: id(context?.runAsUser),
    runAsGroup: context?.runAsUser === undefined ? undefined : id(context?.runAsGroup),
    supplementalGroups: groups(pod),
    supplementalGroupsPolicy: context?.supplementalGroupsPolicy === 'Strict' ? ('Strict' as const) : ('Merge' as const),
    seccomp: profile(context?.seccompProfile as Profile, rootDir, false),
  })
}

function groups(pod: Pod): string[] {
  const context = pod.spec?.securityContext
  const all = [...(context?.supplementalGroups ?? [])]
  if (context?.fsGroup !== undefined) all.push(context.fsGroup)
  return all.map(String)
}

/** The image's user, as the runtime tells it. */
export interface ImageUser {
  uid: number | undefined
  username: string
}

export function containerSecurityContext(
  pod: Pod,
  container: Container,
  image: ImageUser,
  rootDir: string,
  targetId?: string,
): Loose<LinuxContainerSecurityContext> {
  const ofPod = pod.spec?.securityContext
  const own = container.securityContext
  const privileged = own?.privileged === true
  const runAsUser = own?.runAsUser ?? ofPod?.runAsUser
  const runAsGroup = own?.runAsGroup ?? ofPod?.runAsGroup
  if (own?.runAsNonRoot ?? ofPod?.runAsNonRoot) checkNonRoot(pod, container, runAsUser, image)
  const user = runAsUser ?? image.uid
  const added = own?.capabilities?.add ?? []
  const seccomp = (own?.seccompProfile ?? ofPod?.seccompProfile) as Profile
  const apparmor = (own?.appArmorProfile ?? ofPod?.appArmorProfile) as Profile
  const unmasked = privileged || own?.procMount === 'Unmasked'
  return present({
    capabilities: { addCapabilities: added, dropCapabilities: own?.capabilities?.drop ?? [] },
    privileged,
    namespaceOptions: targetId ? { ...namespaces(pod), pid: 'TARGET' as const, targetId } : namespaces(pod),
    runAsUser: id(user),
    runAsUsername: user === undefined ? image.username : '',
    runAsGroup: id(runAsGroup),
    readonlyRootfs: own?.readOnlyRootFilesystem === true,
    supplementalGroups: groups(pod),
    supplementalGroupsPolicy: ofPod?.supplementalGroupsPolicy === 'Strict' ? ('Strict' as const) : ('Merge' as const),
    noNewPrivs: own?.allowPrivilegeEscalation === false && !privileged && !added.includes('SYS_ADMIN'),
    maskedPaths: unmasked ? [] : maskedPaths,
    readonlyPaths: unmasked ? [] : readonlyPaths,
    seccomp: profile(seccomp, rootDir, privileged),
    apparmor: apparmor === undefined ? undefined : apparmorProfile(apparmor),
    selinuxOptions: own?.seLinuxOptions ?? ofPod?.seLinuxOptions,
  })
}

function apparmorProfile(given: NonNullable<Profile>): Loose<SecurityProfile> {
  if (given.type === 'Localhost') return { profileType: 'Localhost', localhostRef: given.localhostProfile ?? '' }
  return { profileType: given.type === 'Unconfined' ? 'Unconfined' : 'RuntimeDefault' }
}

function checkNonRoot(pod: Pod, container: Container, runAsUser: number | undefined, image: ImageUser): void {
  const where = `(pod: ${JSON.stringify(`${pod.metadata?.name}_${pod.metadata?.namespace}(${pod.metadata?.uid})`)}, container: ${container.name})`
  if (runAsUser !== undefined) {
    if (runAsUser === 0) throw configError(`container's runAsUser breaks non-root policy ${where}`)
    return
  }
  if (image.uid === 0) throw configError(`container has runAsNonRoot and image will run as root ${where}`)
  if (image.uid === undefined && image.username !== '')
    throw configError(
      `container has runAsNonRoot and image has non-numeric user (${image.username}), cannot verify user is non-root ${where}`,
    )
}
