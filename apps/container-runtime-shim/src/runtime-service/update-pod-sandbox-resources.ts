import type { RuntimeService } from '@kubets/cri'
import type { ShimContext } from '../context.ts'

/** The kubelet has changed the pod's cgroup by itself; what is written down is what later status calls show. */
export const updatePodSandboxResources =
  (ctx: ShimContext): RuntimeService['updatePodSandboxResources'] =>
  async ({ podSandboxId, overhead, resources }) => {
    const sandbox = ctx.sandboxes.get(podSandboxId)
    await ctx.locks.run(sandbox.id, async () => {
      const linux = sandbox.config.linux
      if (linux)
        ctx.sandboxes.save({ ...sandbox, config: { ...sandbox.config, linux: { ...linux, overhead, resources } } })
    })
    return {}
  }
