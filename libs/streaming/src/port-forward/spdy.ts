import type { Duplex } from 'node:stream'
import { SpdyConnection, type SpdyStream } from '../spdy/index.ts'
import { forwardPort, type PortForwardContext } from './run-port-forward.ts'

export const spdyPortForwardProtocols = ['portforward.k8s.io'] as const

interface StreamPair {
  data?: SpdyStream
  error?: SpdyStream
  readonly timer: NodeJS.Timeout
}

/**
 * Serves `portforward.k8s.io`: each forwarded connection is a pair of streams (data, error) with the same `requestID`, any number of them one after
 * the other or at a time. Resolves when the client's connection is gone and every handler has settled.
 */
export async function servePortForwardSpdy(
  transport: Duplex,
  context: PortForwardContext,
  creationTimeout: number,
  signal: AbortSignal,
): Promise<void> {
  /** Pairs of which one stream is missing yet. */
  const pairs = new Map<string, StreamPair>()
  const running = new Set<Promise<void>>()
  const connection = new SpdyConnection({
    transport,
    side: 'server',
    onStream: stream => {
      const port = parsePort(stream)
      const type = stream.headers.streamtype ?? ''
      if (type === '') throw new Error('"streamType" header is required')
      if (type !== 'data' && type !== 'error') throw new Error(`invalid stream type "${type}"`)
      const id = requestId(stream, type)
      const pair = pairs.get(id) ?? { timer: setTimeout(() => timedOut(id), creationTimeout).unref() }
      pairs.set(id, pair)
      if (pair[type]) throw new Error(`${type} stream already assigned`)
      pair[type] = stream
      if (!pair.data || !pair.error) return
      clearTimeout(pair.timer)
      pairs.delete(id)
      const { data, error } = pair
      error.resume()
      // after the reply to this stream
      queueMicrotask(() => {
        const work = forwardPort(context, port, {
          data,
          error,
          abandoned: () => data.resetByPeer || error.destroyed,
        }).then(ok => {
          // the client sees a failure on the error stream; a half-sent answer must not look whole
          if (!ok) data.destroy()
        })
        running.add(work)
        void work.finally(() => running.delete(work))
      })
    },
  })
  const timedOut = (id: string) => {
    const pair = pairs.get(id)
    pairs.delete(id)
    pair?.error?.end(`(request=${id}) timed out waiting for streams`)
    pair?.data?.destroy()
  }
  const stop = () => connection.close()
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  await connection.closed
  signal.removeEventListener('abort', stop)
  for (const pair of pairs.values()) clearTimeout(pair.timer)
  await Promise.all(running)
}

function parsePort(stream: SpdyStream): number {
  const text = stream.headers.port ?? ''
  if (text === '') throw new Error('"port" header is required')
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN
  if (!(port >= 1 && port <= 65_535)) throw new Error(`unable to parse "${text}" as a port`)
  return port
}

/** Old clients send no request id; their data stream is the one right after the error stream. */
function requestId(stream: SpdyStream, type: 'data' | 'error'): string {
  return stream.headers.requestid || String(type === 'error' ? stream.id : stream.id - 2)
}
