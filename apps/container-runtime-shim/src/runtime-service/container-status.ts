import { readFileSync } from 'node:fs'
import type { RuntimeService } from '@kubets/cri'
import type { ShimContext } from '../context.ts'
import { bundlePaths } from '../paths.ts'
import { containerStatus as statusOf } from './statuses/container-status.ts'

export const containerStatus =
  (ctx: ShimContext): RuntimeService['containerStatus'] =>
  async ({ containerId, verbose }) => {
    const container = ctx.containers.get(containerId)
    if (!verbose) return { status: statusOf(ctx, container) }
    const { record, status } = container
    const detail = {
      sandboxID: record.sandboxId,
      pid: status.pid,
      conmonPid: status.conmonPid,
      cgroupPath: record.cgroupPath,
      runtimeSpec: readSpec(bundlePaths(ctx.paths, container.id).config),
    }
    return { status: statusOf(ctx, container), info: { info: JSON.stringify(detail) } }
  }

function readSpec(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return null // gone with a reboot
  }
}
