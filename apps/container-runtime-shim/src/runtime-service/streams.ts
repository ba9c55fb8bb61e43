import { RpcError, type RuntimeService, rpcCode } from '@kubets/cri'
import type { ShimContext } from '../context.ts'

/** Exec, Attach and PortForward only hand out URLs; the work is in `streaming/`. */
export const exec =
  (ctx: ShimContext): RuntimeService['exec'] =>
  async request => {
    const container = running(ctx, request.containerId)
    return { url: url(() => ctx.streaming.exec({ ...request, containerId: container })) }
  }

export const attach =
  (ctx: ShimContext): RuntimeService['attach'] =>
  async request => {
    const container = running(ctx, request.containerId)
    return { url: url(() => ctx.streaming.attach({ ...request, containerId: container })) }
  }

export const portForward =
  (ctx: ShimContext): RuntimeService['portForward'] =>
  async request => {
    const sandbox = ctx.sandboxes.get(request.podSandboxId)
    if (sandbox.state !== 'SANDBOX_READY')
      throw new RpcError(rpcCode.failedPrecondition, `sandbox container "${sandbox.id}" is not running`)
    return { url: url(() => ctx.streaming.portForward({ ...request, podSandboxId: sandbox.id })) }
  }

function running(ctx: ShimContext, id: string): string {
  const container = ctx.containers.get(id)
  if (container.status.state !== 'CONTAINER_RUNNING')
    throw new RpcError(rpcCode.failedPrecondition, `container is in ${container.status.state} state`)
  return container.id
}

/** The server's reasons for giving no URL, as gRPC codes. */
function url(make: () => string): string {
  try {
    return make()
  } catch (error) {
    const code = (error as { code?: unknown }).code
    if (code === 'InvalidArgument') throw new RpcError(rpcCode.invalidArgument, String((error as Error).message))
    if (code === 'ResourceExhausted') throw new RpcError(rpcCode.resourceExhausted, String((error as Error).message))
    throw error
  }
}
