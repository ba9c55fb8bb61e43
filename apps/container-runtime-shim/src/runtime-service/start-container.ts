import { RpcError, type RuntimeService, rpcCode } from '@kubets/cri'
import { cleanUpContainer } from '../container/remove.ts'
import { nanos, type ShimContext } from '../context.ts'
import { bundlePaths } from '../paths.ts'
import type { Container } from '../store/container-store.ts'
import { publishEvent } from './statuses/events.ts'

/** Exit code and reason that upstream shows for a command that could not be started. */
const startError = { exitCode: 128, reason: 'StartError' }

export const startContainer =
  (ctx: ShimContext): RuntimeService['startContainer'] =>
  async ({ containerId }) => {
    const container = ctx.containers.get(containerId)
    await ctx.locks.run(container.id, async () => {
      if (container.status.state !== 'CONTAINER_CREATED')
        throw new RpcError(
          rpcCode.failedPrecondition,
          `container "${container.id}" is in ${container.status.state} state`,
        )
      if (ctx.sandboxes.get(container.record.sandboxId).state !== 'SANDBOX_READY')
        throw new RpcError(
          rpcCode.failedPrecondition,
          `sandbox container "${container.record.sandboxId}" is not running`,
        )
      await start(ctx, container)
    })
    return {}
  }

async function start(ctx: ShimContext, container: Container): Promise<void> {
  const { config, logPath } = container.record
  const started = Promise.withResolvers<boolean>()
  try {
    const { pid, conmonPid } = await ctx.conmon.create({
      id: container.id,
      bundle: bundlePaths(ctx.paths, container.id).dir,
      logPath,
      tty: config.tty,
      stdin: config.stdin,
      stdinOnce: config.stdinOnce,
    })
    // on disk before the process runs: a shim that dies between the two finds it (recover.ts)
    ctx.containers.update(container, { pid, conmonPid })
    ctx.supervisor.watch(container, started.promise)
    const startedAt = nanos(ctx.clock)
    await ctx.runc.start(container.id)
    ctx.containers.update(container, { state: 'CONTAINER_RUNNING', startedAt })
    publishEvent(ctx, container.id, container.record.sandboxId, 'CONTAINER_STARTED_EVENT')
    started.resolve(true)
  } catch (error) {
    started.resolve(false)
    ctx.supervisor.forget(container.id)
    const message = `failed to create task: OCI runtime create failed: ${error instanceof Error ? error.message : error}`
    ctx.containers.update(container, {
      state: 'CONTAINER_EXITED',
      finishedAt: nanos(ctx.clock),
      message,
      pid: 0,
      conmonPid: 0,
      ...startError,
    })
    await cleanUpContainer(ctx, container).catch(undo =>
      ctx.log.error({ err: undo, container: container.id }, 'Undoing a failed start failed'),
    )
    throw new RpcError(rpcCode.unknown, message, { cause: error })
  }
}
