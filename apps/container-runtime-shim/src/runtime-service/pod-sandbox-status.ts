import type { RuntimeService } from '@kubets/cri'
import { nanos, type ShimContext } from '../context.ts'
import { sandboxPaths } from '../paths.ts'
import { pinnedNamespaces } from '../sandbox/namespaces.ts'
import { containerStatus } from './statuses/container-status.ts'
import { sandboxStatus } from './statuses/sandbox-status.ts'

export const podSandboxStatus =
  (ctx: ShimContext): RuntimeService['podSandboxStatus'] =>
  async ({ podSandboxId, verbose }) => {
    const sandbox = ctx.sandboxes.get(podSandboxId)
    const detail = {
      namespaces: pinnedNamespaces(sandboxPaths(ctx.paths, sandbox.id).namespaces),
      network: sandbox.network?.result ?? null,
      cgroupParent: sandbox.config.linux?.cgroupParent,
    }
    return {
      status: sandboxStatus(ctx, sandbox),
      info: verbose ? { info: JSON.stringify(detail) } : {},
      containersStatuses: ctx.containers.ofSandbox(sandbox.id).map(container => containerStatus(ctx, container)),
      timestamp: nanos(ctx.clock),
    }
  }
