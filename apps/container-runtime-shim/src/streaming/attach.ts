import { once } from 'node:events'
import type { Readable } from 'node:stream'
import type { StreamingHandlers } from '@kubets/streaming'
import type { ShimContext } from '../context.ts'
import { bundlePaths } from '../paths.ts'
import { tellConmon } from '../runtime-service/reopen-container-log.ts'
import type { Container } from '../store/container-store.ts'
import { followCriLog } from './cri-log-follower.ts'
import { followSize } from './exec.ts'

/** Largest packet that conmon takes at once is 32 KiB. */
const packet = 16 << 10

/**
 * `kubectl attach`: conmon's socket carries only standard input. Its output is read and dropped, for conmon writes with one
 * thread and waits for whoever does not read, container and log included; what the client sees comes from the log.
 */
export const attachStream =
  (ctx: ShimContext): StreamingHandlers['attach'] =>
  async ({ containerId }, session) => {
    const container = ctx.containers.get(containerId)
    if (container.status.state !== 'CONTAINER_RUNNING')
      throw new Error(`container is in ${container.status.state} state`)
    if (container.record.logPath === '')
      throw new Error('the container keeps no log, and attach reads its output there')
    const done = new AbortController()
    const signal = AbortSignal.any([session.signal, done.signal])
    const ended = ctx.supervisor.ended(container.id)
    // the log is open before the first byte goes in: what the container answers to it is shown
    const output = await followCriLog(container.record.logPath, ended, signal)
    const stdin = session.stdin ? feed(ctx, container, session.stdin, signal) : Promise.resolve()
    stdin.catch(error =>
      ctx.log.debug({ err: error, container: container.id }, 'Standard input of an attached client ended'),
    )
    if (session.tty)
      void followSize(session, (rows, columns) => {
        tellConmon(bundlePaths(ctx.paths, container.id).dir, `1 ${rows} ${columns}`).catch(error =>
          ctx.log.debug({ err: error, container: container.id }, 'Sizing a terminal failed'),
        )
      })
    try {
      for await (const { stream, bytes } of output) {
        const target = stream === 'stderr' && !session.tty ? session.stderr : session.stdout
        if (target && !target.write(bytes)) await once(target, 'drain', { signal }).catch(() => undefined)
      }
    } finally {
      done.abort()
    }
  }

async function feed(ctx: ShimContext, container: Container, input: Readable, signal: AbortSignal): Promise<void> {
  const { SeqpacketSocket } = await import('node-unix-socket')
  const socket = new SeqpacketSocket()
  const failed = Promise.withResolvers<never>()
  failed.promise.catch(() => undefined)
  socket.on('error', failed.reject)
  socket.on('close', () => failed.reject(new Error('conmon has closed its socket')))
  socket.on('data', () => undefined)
  signal.addEventListener('abort', () => socket.destroy(), { once: true })
  const connected = Promise.withResolvers<void>()
  socket.connect(ctx.conmon.attachSocket(container.id), connected.resolve)
  await Promise.race([connected.promise, failed.promise])
  for await (const chunk of input) {
    const bytes = chunk as Buffer
    for (let at = 0; at < bytes.length; at += packet) {
      const { promise, resolve } = Promise.withResolvers<void>()
      const part = bytes.subarray(at, at + packet)
      socket.write(part, 0, part.length, resolve)
      await Promise.race([promise, failed.promise])
    }
  }
  socket.end() // half-close: conmon closes the container's standard input, unless it is to stay open
}
