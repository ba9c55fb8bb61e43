import type { Readable, Writable } from 'node:stream'
import { finished } from 'node:stream/promises'
import type { Logger } from '@kubets/component'
import type { AttachStreamRequest, CommandSession, ExecStreamRequest, StreamingHandlers } from '../contract.ts'
import { finishTimeout } from '../websocket/accept.ts'
import type { CommandStreams } from './command-streams.ts'
import { terminalSizes } from './resize.ts'
import { internalError, nonZeroExit, type StreamStatus, success } from './status.ts'

export type CommandRequest =
  | { readonly kind: 'exec'; readonly request: ExecStreamRequest }
  | { readonly kind: 'attach'; readonly request: AttachStreamRequest }

export interface RunCommandOptions {
  readonly command: CommandRequest
  readonly streams: CommandStreams
  readonly handlers: StreamingHandlers
  readonly logger: Logger
  /** Aborts when the server stops. */
  readonly signal: AbortSignal
}

/** Runs one command over a client's connection: output first, then the status, then the client closes. */
export async function runCommand(options: RunCommandOptions): Promise<void> {
  const { streams } = options
  const abort = new AbortController()
  const stop = () => abort.abort()
  options.signal.addEventListener('abort', stop, { once: true })
  if (options.signal.aborted) stop()
  void streams.closed.then(stop)
  const session: CommandSession = {
    ...(streams.stdin && { stdin: streams.stdin }),
    ...(streams.stdout && { stdout: streams.stdout }),
    ...(streams.stderr && { stderr: streams.stderr }),
    tty: options.command.request.tty,
    resizes: terminalSizes(streams.resize, abort.signal),
    signal: abort.signal,
  }
  try {
    const status = await outcome(options, session)
    discard(streams.stdin)
    discard(streams.resize)
    await Promise.all([endOutput(streams.stdout), endOutput(streams.stderr)])
    streams.finish(status)
    await closedWithin(streams.closed, options.signal)
  } finally {
    options.signal.removeEventListener('abort', stop)
    stop()
    streams.close()
  }
}

async function outcome(options: RunCommandOptions, session: CommandSession): Promise<StreamStatus> {
  const { command, handlers, logger } = options
  try {
    if (command.kind === 'attach') {
      await handlers.attach(command.request, session)
      return success
    }
    const { exitCode } = await handlers.exec(command.request, session)
    return exitCode === 0 ? success : nonZeroExit(command.request.cmd, exitCode)
  } catch (error) {
    const did = command.kind === 'exec' ? 'error executing command in container' : 'error attaching to container'
    const message = `${did}: ${error instanceof Error ? error.message : String(error)}`
    if (!session.signal.aborted) logger.error({ err: error, containerId: command.request.containerId }, did)
    return internalError(message)
  }
}

/** What the client still sends is taken and dropped, so that it never waits for a command that is over. */
function discard(stream: Readable | undefined): void {
  if (stream && !stream.destroyed) {
    stream.removeAllListeners('readable')
    stream.resume()
  }
}

async function endOutput(stream: Writable | undefined): Promise<void> {
  if (stream === undefined || stream.destroyed) return
  stream.end()
  await finished(stream, { readable: false }).catch(() => undefined)
}

/** The client closes once it has read everything. One that neither reads nor closes is cut off after {@link finishTimeout}. */
function closedWithin(closed: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, finishTimeout)
    timer.unref()
    signal.addEventListener('abort', done, { once: true })
    if (signal.aborted) done()
    void closed.then(done)
  })
}
