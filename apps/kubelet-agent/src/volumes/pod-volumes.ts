import { chmod, chown, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Pod, Volume } from '@kubets/api-types'
import { Quantity } from '@kubets/apimachinery'
import { type Payload, writeAtomically } from './atomic-writer.ts'
import { VolumeError } from './errors.ts'
import { prepareHostPath } from './host-path.ts'
import type { Mounter } from './mounter.ts'
import { type PayloadSources, volumePayload } from './payload.ts'

export type PreparedVolume = { path: string } | { image: string; pullPolicy?: string }

export interface PodVolumesOptions {
  rootDir: string
  mounter: Mounter
  now: () => number
}

/** `/var/lib/kubelet/pods/<uid>`, as upstream lays it out. */
export function podDirectory(rootDir: string, uid: string): string {
  return join(rootDir, 'pods', uid)
}

/**
 * Makes a pod's volumes, or brings them up to date. Safe to call again at any time. Throws a {@link VolumeError} that begins as
 * upstream's FailedMount message does.
 */
export async function prepareVolumes(
  pod: Pod,
  sources: PayloadSources,
  options: PodVolumesOptions,
): Promise<Map<string, PreparedVolume>> {
  const prepared = new Map<string, PreparedVolume>()
  for (const volume of pod.spec?.volumes ?? []) {
    try {
      prepared.set(volume.name, await prepare(pod, volume, sources, options))
    } catch (error) {
      throw new VolumeError(
        `MountVolume.SetUp failed for volume ${JSON.stringify(volume.name)} : ${(error as Error).message}`,
        {
          cause: error,
        },
      )
    }
  }
  return prepared
}

async function prepare(
  pod: Pod,
  volume: Volume,
  sources: PayloadSources,
  options: PodVolumesOptions,
): Promise<PreparedVolume> {
  const folder = (plugin: string) =>
    join(podDirectory(options.rootDir, pod.metadata?.uid ?? ''), 'volumes', `kubernetes.io~${plugin}`, volume.name)
  const gid = pod.spec?.securityContext?.fsGroup
  if (volume.hostPath) return { path: await prepareHostPath(volume.hostPath.path, volume.hostPath.type ?? '') }
  if (volume.image)
    return {
      image: volume.image.reference ?? '',
      ...(volume.image.pullPolicy ? { pullPolicy: volume.image.pullPolicy } : {}),
    }
  if (volume.emptyDir) {
    const path = folder('empty-dir')
    await mkdir(path, { recursive: true, mode: 0o750 })
    if (volume.emptyDir.medium === 'Memory' && !(await options.mounter.below(join(path, '..'))).includes(path)) {
      const limit = volume.emptyDir.sizeLimit as string | undefined
      await options.mounter.tmpfs(path, limit ? [`size=${Quantity.parse(limit).asInt()}`] : [])
    } else if (volume.emptyDir.medium && volume.emptyDir.medium !== 'Memory')
      throw new VolumeError(`storage medium ${JSON.stringify(volume.emptyDir.medium)} is not provided by this node`)
    if (gid !== undefined && process.getuid?.() === 0) await chown(path, 0, gid)
    await chmod(path, gid === undefined ? 0o777 : 0o2777)
    return { path }
  }
  const payload = await volumePayload(pod, volume, sources)
  if (payload === undefined)
    throw new VolumeError(
      `this node has no plugin for volumes of type ${Object.keys(volume)
        .filter(k => k !== 'name')
        .join(', ')}`,
    )
  const plugin = volume.configMap
    ? 'configmap'
    : volume.secret
      ? 'secret'
      : volume.downwardAPI
        ? 'downward-api'
        : 'projected'
  const path = folder(plugin)
  await writeAtomically(path, gid === undefined ? payload : readableByGroup(payload), gid, options.now())
  return { path }
}

/** With an fsGroup its members and the owner read every file, whatever its mode says. */
function readableByGroup(payload: Payload): Payload {
  return new Map([...payload].map(([path, file]) => [path, { ...file, mode: file.mode | 0o440 }]))
}

/** Unmounts what is mounted for a pod and removes its folder. Nothing on other file systems is ever deleted. */
export async function removePodDirectory(rootDir: string, uid: string, mounter: Mounter): Promise<void> {
  const folder = podDirectory(rootDir, uid)
  for (const path of await mounter.below(folder)) await mounter.unmount(path)
  await rm(folder, { recursive: true, force: true })
}
