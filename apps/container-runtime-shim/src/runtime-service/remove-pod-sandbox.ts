import type { RuntimeService } from '@kubets/cri'
import { removeContainerNow } from '../container/remove.ts'
import type { ShimContext } from '../context.ts'
import { tearDownSandbox } from '../sandbox/teardown.ts'
import { publishEvent } from './statuses/events.ts'

export const removePodSandbox =
  (ctx: ShimContext): RuntimeService['removePodSandbox'] =>
  async ({ podSandboxId }) => {
    const sandbox = ctx.sandboxes.find(podSandboxId)
    if (!sandbox) return {}
    await ctx.locks.run(sandbox.id, async () => {
      if (!ctx.sandboxes.find(sandbox.id)) return
      ctx.sandboxes.save(Object.assign(sandbox, { state: 'SANDBOX_NOTREADY' })) // nothing starts in it any more
      await Promise.all(
        ctx.containers
          .ofSandbox(sandbox.id)
          .map(container => ctx.locks.run(container.id, () => removeContainerNow(ctx, container))),
      )
      await tearDownSandbox(ctx, sandbox)
      ctx.sandboxes.remove(sandbox.id)
      publishEvent(ctx, sandbox.id, sandbox.id, 'CONTAINER_DELETED_EVENT')
    })
    return {}
  }
