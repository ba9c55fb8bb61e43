import type { AcceptedWebSocket } from '../websocket/accept.ts'
import { Channels } from '../websocket/channels.ts'
import { forwardPort, type PortForwardContext } from './run-port-forward.ts'

export const webSocketPortForwardProtocols = ['v4.channel.k8s.io', 'v4.base64.channel.k8s.io', ''] as const

/**
 * Serves port forwarding over WebSocket channels: for the n-th port of the request, channel 2n carries data both ways and 2n+1 errors; both
 * begin with the port as two bytes, low one first. One connection per port, and the WebSocket ends with the last of them.
 */
export async function servePortForwardWebSocket(
  accepted: AcceptedWebSocket,
  context: PortForwardContext,
  signal: AbortSignal,
): Promise<void> {
  const { socket, protocol } = accepted
  const channels = new Channels({
    socket,
    codec: protocol.includes('base64') ? 'base64' : 'binary',
    closeSignal: false,
  })
  const stop = () => socket.terminate()
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  await Promise.all(
    context.request.port.map(async (port, i) => {
      const data = channels.duplex(i * 2)
      const error = channels.writer(i * 2 + 1)
      const greeting = Buffer.alloc(2)
      greeting.writeUInt16LE(port)
      data.write(greeting)
      error.write(greeting)
      await forwardPort(context, port, { data, error, abandoned: () => error.destroyed })
      await new Promise<void>(resolve => {
        if (error.writableFinished || error.destroyed) resolve()
        else error.once('close', resolve)
      })
      if (!data.writableFinished && !data.destroyed && data.writableEnded)
        await new Promise<void>(resolve => {
          data.once('finish', resolve)
          data.once('close', resolve)
        })
    }),
  )
  socket.close(1000)
  socket.resume()
  await channels.closed
  signal.removeEventListener('abort', stop)
}
