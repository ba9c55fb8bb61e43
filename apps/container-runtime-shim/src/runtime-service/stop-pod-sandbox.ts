import type { RuntimeService } from '@kubets/cri'
import { killContainer } from '../container/kill.ts'
import type { ShimContext } from '../context.ts'
import { tearDownSandbox } from '../sandbox/teardown.ts'
import { publishEvent } from './statuses/events.ts'

export const stopPodSandbox =
  (ctx: ShimContext): RuntimeService['stopPodSandbox'] =>
  async ({ podSandboxId }) => {
    const sandbox = ctx.sandboxes.find(podSandboxId)
    if (!sandbox) return {}
    await ctx.locks.run(sandbox.id, async () => {
      if (!ctx.sandboxes.find(sandbox.id)) return
      const wasReady = sandbox.state === 'SANDBOX_READY'
      // first of all, so that nothing starts any more; a start under way holds its container's lock and is then killed
      ctx.sandboxes.save(Object.assign(sandbox, { state: 'SANDBOX_NOTREADY' }))
      await Promise.all(
        ctx.containers
          .ofSandbox(sandbox.id)
          .map(container => ctx.locks.run(container.id, () => killContainer(ctx, container))),
      )
      await tearDownSandbox(ctx, sandbox)
      if (wasReady) publishEvent(ctx, sandbox.id, sandbox.id, 'CONTAINER_STOPPED_EVENT')
    })
    return {}
  }
