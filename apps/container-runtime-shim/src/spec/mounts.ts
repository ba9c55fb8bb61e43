import type { Mount, MountPropagation } from '@kubets/cri'
import type { OciMount } from './oci-spec.ts'

/** What every container has under /proc, /dev and /sys. `hostNetwork` pods still get a sysfs of their own. */
export function baseMounts(options: { privileged: boolean; shm: string; cgroup: boolean }): OciMount[] {
  const access = options.privileged ? 'rw' : 'ro'
  const mount = (destination: string, type: string, source: string, flags: string): OciMount => ({
    destination,
    type,
    source,
    options: flags.split(','),
  })
  return [
    mount('/proc', 'proc', 'proc', 'nosuid,noexec,nodev'),
    mount('/dev', 'tmpfs', 'tmpfs', 'nosuid,strictatime,mode=755,size=65536k'),
    mount('/dev/pts', 'devpts', 'devpts', 'nosuid,noexec,newinstance,ptmxmode=0666,mode=0620,gid=5'),
    mount('/dev/mqueue', 'mqueue', 'mqueue', 'nosuid,noexec,nodev'),
    mount('/sys', 'sysfs', 'sysfs', `nosuid,noexec,nodev,${access}`),
    ...(options.cgroup ? [mount('/sys/fs/cgroup', 'cgroup', 'cgroup', `nosuid,noexec,nodev,relatime,${access}`)] : []),
    mount('/dev/shm', 'bind', options.shm, 'rbind,rw'),
  ]
}

const propagation: Record<MountPropagation, string> = {
  PROPAGATION_PRIVATE: 'rprivate',
  PROPAGATION_HOST_TO_CONTAINER: 'rslave',
  PROPAGATION_BIDIRECTIONAL: 'rshared',
}

/** A volume as a bind mount. `source` is the host path, links followed, or the place where an image is mounted. */
export function bindMount(mount: Mount, source: string): OciMount {
  const access = mount.readonly ? (mount.recursiveReadOnly ? ['rro'] : ['ro']) : ['rw']
  return {
    destination: mount.containerPath,
    type: 'bind',
    source,
    options: ['rbind', propagation[mount.propagation], ...access],
  }
}

/** Throws, in upstream's sense: recursive read-only needs a read-only mount that nothing propagates into. */
export function checkMount(mount: Mount): void {
  if (!mount.containerPath.startsWith('/')) throw new Error(`mount path ${mount.containerPath} is not absolute`)
  if (!mount.recursiveReadOnly) return
  if (!mount.readonly) throw new Error(`recursive read-only mount ${mount.containerPath} is not read-only`)
  if (mount.propagation !== 'PROPAGATION_PRIVATE')
    throw new Error(`recursive read-only mount ${mount.containerPath} must have private propagation`)
}

/** How the root must propagate for the volumes to: the strongest of them. */
export function rootPropagation(mounts: readonly Mount[]): string | undefined {
  const kinds = new Set(mounts.map(m => m.propagation))
  if (kinds.has('PROPAGATION_BIDIRECTIONAL')) return 'rshared'
  return kinds.has('PROPAGATION_HOST_TO_CONTAINER') ? 'rslave' : undefined
}

/** Parents before children, whatever order the pod lists them in. */
export function inMountOrder(mounts: readonly OciMount[]): OciMount[] {
  const depth = (m: OciMount) => m.destination.split('/').filter(part => part !== '').length
  return mounts
    .map((mount, index) => ({ mount, index }))
    .sort((a, b) => depth(a.mount) - depth(b.mount) || a.index - b.index)
    .map(({ mount }) => mount)
}
