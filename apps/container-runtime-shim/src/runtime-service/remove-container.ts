import type { RuntimeService } from '@kubets/cri'
import { removeContainerNow } from '../container/remove.ts'
import type { ShimContext } from '../context.ts'

export const removeContainer =
  (ctx: ShimContext): RuntimeService['removeContainer'] =>
  async ({ containerId }) => {
    const container = ctx.containers.find(containerId)
    if (container) await ctx.locks.run(container.id, () => removeContainerNow(ctx, container))
    return {}
  }
