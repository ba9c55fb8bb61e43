import { mkdir, open } from 'node:fs/promises'
import { join } from 'node:path'
import type { Container, Pod } from '@kubets/api-types'
import type { Loose, Mount } from '@kubets/cri'
import { type PreparedVolume, podDirectory } from '../volumes/pod-volumes.ts'
import { resolveSubPath } from '../volumes/sub-path.ts'
import { configError } from './errors.ts'
import { expand } from './expand.ts'

export interface MountFacts {
  volumes: ReadonlyMap<string, PreparedVolume>
  env: ReadonlyMap<string, string>
  rootDir: string
  /** Path of the pod's hosts file; undefined where the image's own stays. */
  hostsFile: string | undefined
  restartCount: number
}

const propagation = {
  None: 'PROPAGATION_PRIVATE',
  HostToContainer: 'PROPAGATION_HOST_TO_CONTAINER',
  Bidirectional: 'PROPAGATION_BIDIRECTIONAL',
} as const

/** The container's mounts: its volumes, /etc/hosts and the file for its last words. */
export async function containerMounts(pod: Pod, container: Container, facts: MountFacts): Promise<Loose<Mount>[]> {
  const mounts: Loose<Mount>[] = []
  for (const mount of container.volumeMounts ?? []) {
    const volume = facts.volumes.get(mount.name)
    if (volume === undefined)
      throw configError(
        `cannot find volume ${JSON.stringify(mount.name)} to mount into container ${JSON.stringify(container.name)}`,
      )
    const subPath = mount.subPathExpr ? expand(mount.subPathExpr, name => facts.env.get(name)) : mount.subPath
    const containerPath = mount.mountPath.startsWith('/') ? mount.mountPath : `/${mount.mountPath}`
    if ('image' in volume) {
      mounts.push({ containerPath, image: { image: volume.image }, imageSubPath: subPath ?? '', readonly: true })
      continue
    }
    mounts.push({
      containerPath,
      hostPath: subPath ? await resolveSubPath(volume.path, subPath, container.name) : volume.path,
      readonly: mount.readOnly === true,
      recursiveReadOnly: mount.readOnly === true && mount.recursiveReadOnly === 'Enabled',
      propagation: propagation[(mount.mountPropagation ?? 'None') as keyof typeof propagation] ?? 'PROPAGATION_PRIVATE',
    })
  }
  const has = (path: string) => (container.volumeMounts ?? []).some(mount => mount.mountPath === path)
  if (facts.hostsFile !== undefined && !has('/etc/hosts'))
    mounts.push({
      containerPath: '/etc/hosts',
      hostPath: facts.hostsFile,
      readonly: container.securityContext?.readOnlyRootFilesystem === true,
    })
  const messagePath = container.terminationMessagePath
  if (messagePath) {
    const folder = join(podDirectory(facts.rootDir, pod.metadata?.uid ?? ''), 'containers', container.name)
    await mkdir(folder, { recursive: true, mode: 0o750 })
    const hostPath = join(folder, String(facts.restartCount))
    const file = await open(hostPath, 'w', 0o666)
    await file.chmod(0o666) // whoever the container runs as writes it
    await file.close()
    mounts.push({ containerPath: messagePath, hostPath })
  }
  return mounts
}
