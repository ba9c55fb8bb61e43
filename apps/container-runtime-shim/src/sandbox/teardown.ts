import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { ShimContext } from '../context.ts'
import { sandboxPaths } from '../paths.ts'
import type { Sandbox } from '../store/sandbox-store.ts'
import type { PodIdentity } from './cni/network.ts'
import { isPin, removeNamespaces, unmountIfMounted } from './namespaces.ts'

export function podIdentity(sandbox: Pick<Sandbox, 'id' | 'config'>): PodIdentity {
  const { namespace = '', name = '', uid = '' } = sandbox.config.metadata ?? {}
  return { sandboxId: sandbox.id, namespace, name, uid }
}

/** Gives back what a sandbox has on this node; its record stays. May be repeated; throws when the network cannot be given back. */
export async function tearDownSandbox(ctx: ShimContext, sandbox: Sandbox): Promise<void> {
  const { dir, namespaces, shm } = sandboxPaths(ctx.paths, sandbox.id)
  if (sandbox.state === 'SANDBOX_READY') ctx.sandboxes.save(Object.assign(sandbox, { state: 'SANDBOX_NOTREADY' }))
  if (sandbox.pidHolder) await ctx.runc.delete(sandbox.id)
  if (sandbox.network) {
    const netns = join(namespaces, 'net')
    await ctx.cni.detach(podIdentity(sandbox), isPin(netns) ? netns : '', sandbox.network)
    ctx.sandboxes.save(Object.assign(sandbox, { network: null }))
  }
  removeNamespaces(ctx.sys, namespaces)
  unmountIfMounted(ctx.sys, shm)
  rmSync(dir, { recursive: true, force: true })
}
