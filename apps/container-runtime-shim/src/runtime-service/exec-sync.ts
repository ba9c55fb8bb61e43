import type { Readable } from 'node:stream'
import { RpcError, type RuntimeService, rpcCode } from '@kubets/cri'
import type { ShimContext } from '../context.ts'
import { execInContainer } from '../exec/exec-process.ts'

/** Bytes kept of each stream; what comes after is read and dropped, so that the command does not block. */
const maxOutput = 16 << 20
/** A command that left a child behind with its output open: how long after its own end we still listen. */
const drainMs = 1_000

export const execSync =
  (ctx: ShimContext): RuntimeService['execSync'] =>
  async ({ containerId, cmd, timeout }, { signal }) => {
    const container = ctx.containers.get(containerId)
    const { child, exited, kill } = execInContainer(ctx, container, cmd, ['ignore', 'pipe', 'pipe'])
    const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)]
    const seconds = Number(timeout)
    let timedOut = false
    const timer =
      seconds > 0
        ? ctx.clock.after(seconds * 1_000, () => {
            timedOut = true
            kill()
          })
        : () => undefined
    signal.addEventListener('abort', kill, { once: true })
    try {
      const exitCode = await exited.catch(error => {
        throw new RpcError(rpcCode.unknown, `failed to exec in container: failed to start exec: ${error.message}`, {
          cause: error,
        })
      })
      if (timedOut)
        throw new RpcError(
          rpcCode.deadlineExceeded,
          `failed to exec in container: timeout ${seconds}s exceeded: context deadline exceeded`,
        )
      const closed = Promise.all([stdout.ended, stderr.ended])
      const late = Promise.withResolvers<void>()
      const stopWaiting = ctx.clock.after(drainMs, late.resolve)
      await Promise.race([closed, late.promise])
      stopWaiting()
      return { stdout: stdout.bytes(), stderr: stderr.bytes(), exitCode }
    } finally {
      timer()
      signal.removeEventListener('abort', kill)
      child.stdout?.destroy()
      child.stderr?.destroy()
    }
  }

function collect(stream: Readable | null): { bytes(): Buffer; ended: Promise<void> } {
  const chunks: Buffer[] = []
  let size = 0
  stream?.on('data', (chunk: Buffer) => {
    const room = maxOutput - size
    if (room > 0) chunks.push(chunk.length > room ? chunk.subarray(0, room) : chunk)
    size += Math.min(chunk.length, Math.max(room, 0))
  })
  const ended = new Promise<void>(resolve => {
    stream?.once('close', () => resolve())
    stream?.once('error', () => resolve())
  })
  return { bytes: () => Buffer.concat(chunks), ended }
}
