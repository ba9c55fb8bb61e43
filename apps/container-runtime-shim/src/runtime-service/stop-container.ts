import { sleep } from '@kubets/component'
import type { RuntimeService } from '@kubets/cri'
import { killContainer } from '../container/kill.ts'
import type { ShimContext } from '../context.ts'

export const stopContainer =
  (ctx: ShimContext): RuntimeService['stopContainer'] =>
  async ({ containerId, timeout }, { signal }) => {
    const container = ctx.containers.find(containerId)
    if (container?.status.state !== 'CONTAINER_RUNNING') return {} // stopped already, or gone: both are what was asked for
    const graceMs = Number(timeout) * 1_000
    if (graceMs > 0) {
      const patience = new AbortController()
      const either = AbortSignal.any([patience.signal, signal])
      await ctx.runc.kill(container.id, container.record.stopSignal)
      await Promise.race([ctx.supervisor.ended(container.id), sleep(graceMs, either, ctx.clock)])
      patience.abort()
      if (signal.aborted) return {} // the caller has given up; it asks again
    }
    await killContainer(ctx, container)
    return {}
  }
