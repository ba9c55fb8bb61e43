import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, realpathSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type ContainerConfig, RpcError, rpcCode } from '@kubets/cri'
import type { ShimContext } from '../context.ts'
import type { ImageRecord } from '../images/contract.ts'
import { bundlePaths, sandboxPaths } from '../paths.ts'
import { mountOverlay } from '../rootfs/overlay.ts'
import { resolveInRoot } from '../rootfs/resolve-in-root.ts'
import { mountOf } from '../sandbox/private-mount.ts'
import { bindMount, checkMount } from '../spec/mounts.ts'
import type { OciMount } from '../spec/oci-spec.ts'

export interface PreparedVolumes {
  mounts: OciMount[]
  /** Ids of the images that are shown as volumes, in the order of their mount points `image-N`. */
  images: string[]
}

/** The files of the pod, the volumes of its specification, and the volumes that the image declares. */
export async function prepareVolumes(
  ctx: ShimContext,
  id: string,
  sandboxId: string,
  config: ContainerConfig,
  image: ImageRecord,
): Promise<PreparedVolumes> {
  const taken = new Set(config.mounts.map(mount => normal(mount.containerPath)))
  const images: string[] = []
  const mounts: OciMount[] = []
  for (const name of ['hostname', 'hosts', 'resolv.conf']) {
    const source = join(ctx.sandboxes.dir(sandboxId), name)
    const readonly = config.linux?.securityContext?.readonlyRootfs ? 'ro' : 'rw'
    if (!taken.has(`/etc/${name}`) && existsSync(source))
      mounts.push({ destination: `/etc/${name}`, type: 'bind', source, options: ['rbind', 'rprivate', readonly] })
  }
  for (const mount of config.mounts) {
    checkMount(mount)
    if (mount.image?.image) {
      mounts.push(
        bindMount({ ...mount, readonly: true }, mountImage(ctx, id, images, mount.image.image, mount.imageSubPath)),
      )
      continue
    }
    const source = hostSource(mount.hostPath)
    if (mount.propagation !== 'PROPAGATION_PRIVATE') checkPropagation(source, mount.propagation)
    mounts.push(bindMount(mount, source))
  }
  for (const path of Object.keys(image.config.Volumes ?? {}))
    if (!taken.has(normal(path))) mounts.push(await imageVolume(ctx, id, path))
  return { mounts, images }
}

const normal = (path: string) =>
  `/${path
    .split('/')
    .filter(part => part !== '')
    .join('/')}`

/** Made when it is missing, as other runtimes do (the kubelet checks `hostPath.type` itself). Links are followed on the host. */
function hostSource(path: string): string {
  if (!existsSync(path)) mkdirSync(path, { recursive: true, mode: 0o755 })
  return realpathSync(path)
}

function checkPropagation(source: string, propagation: string): void {
  const { path, shared, slave } = mountOf(source)
  if (propagation === 'PROPAGATION_BIDIRECTIONAL' && !shared)
    throw new Error(`path "${source}" is mounted on "${path}" but it is not a shared mount`)
  if (propagation === 'PROPAGATION_HOST_TO_CONTAINER' && !shared && !slave)
    throw new Error(`path "${source}" is mounted on "${path}" but it is not a shared or slave mount`)
}

/** An image as a read-only volume. */
function mountImage(ctx: ShimContext, id: string, images: string[], reference: string, subPath: string): string {
  const image = ctx.images.resolve(reference)
  if (!image) throw new RpcError(rpcCode.notFound, `failed to resolve image volume "${reference}": not found`)
  const target = join(bundlePaths(ctx.paths, id).dir, `image-${images.length}`)
  mountOverlay(ctx.sys, { layersDir: ctx.images.layersDir, layers: image.layers, writable: undefined, target })
  images.push(image.id)
  const source = resolveInRoot(target, subPath)
  if (!existsSync(source))
    throw new Error(`failed to stat image volume subpath "${subPath}": no such file or directory`)
  return source
}

/** A folder of the container's own, filled with what the image has there. */
async function imageVolume(ctx: ShimContext, id: string, path: string): Promise<OciMount> {
  const name = createHash('sha256').update(path).digest('hex').slice(0, 16)
  const source = join(ctx.containers.dir(id), 'volumes', name)
  mkdirSync(source, { recursive: true, mode: 0o755 })
  const original = resolveInRoot(bundlePaths(ctx.paths, id).rootfs, path)
  if (existsSync(original) && statSync(original).isDirectory() && readdirSync(original).length > 0) {
    const { code, stderr } = await ctx.run('cp', ['-a', `${original}/.`, source])
    if (code !== 0) throw new Error(`failed to fill the image's volume ${path}: ${stderr.trim()}`)
  }
  return { destination: path, type: 'bind', source, options: ['rbind', 'rprivate', 'rw'] }
}

/** The pod's /dev/shm; the node's for pods in its IPC namespace. */
export function shmOf(ctx: ShimContext, sandboxId: string, ipc: string | undefined): string {
  return ipc === 'NODE' ? '/dev/shm' : sandboxPaths(ctx.paths, sandboxId).shm
}
