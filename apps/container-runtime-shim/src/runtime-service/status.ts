import type { RuntimeService } from '@kubets/cri'
import type { ShimContext } from '../context.ts'
import { describeLimits } from '../system/own-limits.ts'

export const status =
  (ctx: ShimContext): RuntimeService['status'] =>
  async ({ verbose }) => {
    const network = networkCondition(ctx)
    return {
      status: {
        conditions: [
          { type: 'RuntimeReady', status: true, reason: '', message: '' },
          { type: 'NetworkReady', ...network },
        ],
      },
      info: verbose ? { config: JSON.stringify(describe(ctx)) } : {},
      runtimeHandlers: ['', 'runc'].map(name => ({
        name,
        features: { recursiveReadOnlyMounts: true, userNamespaces: false },
      })),
      features: { supplementalGroupsPolicy: true, userNamespacesHostNetwork: false },
    }
  }

/** Whether pods could get a network now; the configuration is read anew, so this changes with the folder. */
function networkCondition(ctx: ShimContext): { status: boolean; reason: string; message: string } {
  try {
    ctx.cni.load()
    return { status: true, reason: '', message: '' }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return { status: false, reason: 'NetworkPluginNotReady', message: `Network plugin returns error: ${why}` }
  }
}

function describe(ctx: ShimContext): object {
  return {
    root: ctx.paths.root.dir,
    state: ctx.paths.state.dir,
    cgroupVersion: ctx.cgroups.version,
    cgroupRoot: ctx.cgroupRoot,
    tools: ctx.tools,
    limits: describeLimits(ctx.limits) ?? 'none: containers get what they ask for',
    sandboxes: ctx.sandboxes.all().length,
    containers: ctx.containers.all().length,
  }
}
