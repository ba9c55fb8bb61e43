import type { Duplex, Writable } from 'node:stream'
import type { Logger } from '@kubets/component'
import type { PortForwardStreamRequest, StreamingHandlers } from '../contract.ts'

/** The client's end of one forwarded connection. */
export interface ClientStreams {
  readonly data: Duplex
  readonly error: Writable
  /** Whether the client itself has broken the connection off: an error told back would end kubectl's whole session. */
  readonly abandoned: () => boolean
}

/** What every protocol of port forwarding needs. */
export interface PortForwardContext {
  readonly request: PortForwardStreamRequest
  readonly handlers: StreamingHandlers
  readonly logger: Logger
}

/**
 * One forwarded connection, from the first byte to the last. A failure is told on the error stream in upstream's words. Resolves to whether it went well;
 * `data` has then been ended and drops what still arrives.
 */
export async function forwardPort(context: PortForwardContext, port: number, client: ClientStreams): Promise<boolean> {
  const { data, error } = client
  const { podSandboxId } = context.request
  try {
    await context.handlers.portForward(context.request, port, data)
    if (!data.writableEnded && !data.destroyed) data.end()
    if (!data.destroyed) data.resume()
    error.end()
    return true
  } catch (problem) {
    if (client.abandoned()) {
      error.end()
      return false
    }
    const why = problem instanceof Error ? problem.message : String(problem)
    context.logger.warn({ err: problem, podSandboxId, port }, 'error forwarding port')
    error.end(`error forwarding port ${port} to pod ${podSandboxId}, uid : ${why}`)
    return false
  }
}
