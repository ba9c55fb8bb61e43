import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { ShimContext } from '../context.ts'
import { bundlePaths } from '../paths.ts'
import { unmountOverlay } from '../rootfs/overlay.ts'
import { publishEvent } from '../runtime-service/statuses/events.ts'
import type { Container } from '../store/container-store.ts'
import { killContainer } from './kill.ts'

/** Frees what a container that has ended (or never ran) holds of this machine; its records and writable layer stay. */
export async function cleanUpContainer(ctx: ShimContext, container: Container): Promise<void> {
  await ctx.runc.delete(container.id)
  releaseRoot(ctx, container)
}

export function releaseRoot(ctx: ShimContext, container: Container): void {
  unmountOverlay(ctx.sys, bundlePaths(ctx.paths, container.id).rootfs)
  for (const index of container.record.mountedImages.keys())
    unmountOverlay(ctx.sys, join(bundlePaths(ctx.paths, container.id).dir, `image-${index}`))
}

/** Ends a container if need be and forgets it. For who holds its lock; one that is gone already is no error. */
export async function removeContainerNow(ctx: ShimContext, container: Container): Promise<void> {
  if (!ctx.containers.find(container.id)) return
  await killContainer(ctx, container)
  await ctx.supervisor.cleaned(container.id)
  if (container.status.state === 'CONTAINER_CREATED') releaseRoot(ctx, container)
  await ctx.conmon.forget(container.id)
  rmSync(bundlePaths(ctx.paths, container.id).dir, { recursive: true, force: true })
  ctx.containers.remove(container)
  publishEvent(ctx, container.id, container.record.sandboxId, 'CONTAINER_DELETED_EVENT')
}
