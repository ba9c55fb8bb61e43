import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { RpcError, type RuntimeService, rpcCode } from '@kubets/cri'
import type { ShimContext } from '../context.ts'
import { bundlePaths } from '../paths.ts'

export const reopenContainerLog =
  (ctx: ShimContext): RuntimeService['reopenContainerLog'] =>
  async ({ containerId }) => {
    const container = ctx.containers.get(containerId)
    if (container.status.state !== 'CONTAINER_RUNNING')
      throw new RpcError(rpcCode.failedPrecondition, `container "${container.id}" is not running`)
    await tellConmon(bundlePaths(ctx.paths, container.id).dir, '2 0 0')
    return {}
  }

/** conmon reads lines from the FIFO `ctl`: `1 ROWS COLUMNS` sizes the terminal, `2 0 0` opens the log anew. */
export async function tellConmon(bundle: string, line: string): Promise<void> {
  const ctl = await open(join(bundle, 'ctl'), constants.O_WRONLY | constants.O_NONBLOCK)
  try {
    await ctl.write(`${line}\n`)
  } finally {
    await ctl.close()
  }
}
