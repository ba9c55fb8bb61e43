import { RpcError, type RuntimeService, rpcCode } from '@kubets/cri'
import type { ShimContext } from '../context.ts'

export const checkpointContainer =
  (ctx: ShimContext): RuntimeService['checkpointContainer'] =>
  async ({ containerId }) => {
    ctx.containers.get(containerId)
    throw new RpcError(
      rpcCode.unimplemented,
      'checkpointing containers needs CRIU, which this runtime does not use: CheckpointContainer is not supported',
    )
  }
