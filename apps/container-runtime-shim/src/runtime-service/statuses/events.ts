import type { ContainerEventType } from '@kubets/cri'
import { nanos, type ShimContext } from '../../context.ts'
import { containerStatus } from './container-status.ts'
import { sandboxStatus } from './sandbox-status.ts'

/** Tells the readers of GetContainerEvents, with the state of the whole pod as it is now. */
export function publishEvent(ctx: ShimContext, id: string, sandboxId: string, type: ContainerEventType): void {
  if (!ctx.events.hasReaders) return
  const sandbox = ctx.sandboxes.find(sandboxId)
  ctx.events.publish({
    containerId: id,
    containerEventType: type,
    createdAt: nanos(ctx.clock),
    podSandboxStatus: sandbox ? sandboxStatus(ctx, sandbox) : undefined,
    containersStatuses: ctx.containers.ofSandbox(sandboxId).map(container => containerStatus(ctx, container)),
  })
}
