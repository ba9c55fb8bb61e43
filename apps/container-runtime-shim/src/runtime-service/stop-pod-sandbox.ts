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
      await Promise.all(ctx.containers.ofSandbox(sandbox.id).map(container => killContainer(ctx, container)))
      const wasReady = sandbox.state === 'SANDBOX_READY'
      await tearDownSandbox(ctx, sandbox)
      if (wasReady) publishEvent(ctx, sandbox.id, sandbox.id, 'CONTAINER_STOPPED_EVENT')
    })
    return {}
  }
