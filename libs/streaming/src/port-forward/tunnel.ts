import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import { requestedProtocols } from '../websocket/accept.ts'

const tunnelPrefix = 'SPDY/3.1+'

/** Whether the client asks for SPDY inside a WebSocket, as kubectl's port-forward does since 1.31. */
export function asksForTunnel(request: IncomingMessage): boolean {
  return requestedProtocols(request).some(name => name.startsWith(tunnelPrefix) && name.endsWith('.k8s.io'))
}

export function tunnelProtocols(spdyProtocols: readonly string[]): string[] {
  return spdyProtocols.map(name => tunnelPrefix + name)
}

/** The bytes of a WebSocket's binary messages as one stream; back-pressure is the WebSocket's. */
export async function tunnelTransport(socket: WebSocket): Promise<Duplex> {
  const { createWebSocketStream } = await import('ws')
  const transport = createWebSocketStream(socket, {
    readableHighWaterMark: 64 * 1024,
    writableHighWaterMark: 64 * 1024,
  })
  transport.on('error', () => undefined)
  return transport
}
