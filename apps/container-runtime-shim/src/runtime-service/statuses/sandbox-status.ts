import type { Loose, PodSandboxState, PodSandboxStatus } from '@kubets/cri'
import type { ShimContext } from '../../context.ts'
import { pidHolderAlive } from '../../sandbox/pid-holder.ts'
import type { Sandbox } from '../../store/sandbox-store.ts'

/** A pod whose shared process namespace has lost its first process takes no new containers: it must be made again. */
export function sandboxState(ctx: ShimContext, sandbox: Sandbox): PodSandboxState {
  if (sandbox.state === 'SANDBOX_READY' && sandbox.pidHolder && !pidHolderAlive(ctx, sandbox.id))
    return 'SANDBOX_NOTREADY'
  return sandbox.state
}

export function sandboxStatus(ctx: ShimContext, sandbox: Sandbox): Loose<PodSandboxStatus> {
  const { config } = sandbox
  const [ip = '', ...more] = sandbox.ips
  return {
    id: sandbox.id,
    metadata: config.metadata ?? {},
    state: sandboxState(ctx, sandbox),
    createdAt: sandbox.createdAt,
    network: { ip, additionalIps: more.map(address => ({ ip: address })) },
    linux: { namespaces: { options: config.linux?.securityContext?.namespaceOptions ?? {} } },
    labels: config.labels,
    annotations: config.annotations,
    runtimeHandler: sandbox.runtimeHandler,
  }
}
