import type { Duplex } from 'node:stream'
import { text } from 'node:stream/consumers'
import { tunnelTransport } from '../port-forward/tunnel.ts'
import type { ProxyTarget } from '../proxy/target.ts'
import { SpdyConnection } from '../spdy/index.ts'
import { Channels } from '../websocket/channels.ts'
import { dialSpdy } from './upgrade.ts'
import { dialWebSocket } from './websocket.ts'

/** One forwarded connection. */
export interface ForwardedConnection {
  readonly data: Duplex
  /** What the server says on the error stream: empty when all went well. */
  readonly error: Promise<string>
}

/** A session over which any number of connections are opened. */
export interface PortForwardSession {
  open(port: number): Promise<ForwardedConnection>
  readonly closed: Promise<void>
  close(): void
}

/** `portforward.k8s.io` over SPDY. */
export async function portForwardOverSpdy(target: ProxyTarget): Promise<PortForwardSession> {
  const { socket } = await dialSpdy(target, ['portforward.k8s.io'])
  return session(new SpdyConnection({ transport: socket, side: 'client' }))
}

/** The same SPDY inside a WebSocket, as kubectl does since 1.31. */
export async function portForwardOverTunnel(target: ProxyTarget): Promise<PortForwardSession> {
  const { socket } = await dialWebSocket(target, ['SPDY/3.1+portforward.k8s.io'])
  return session(new SpdyConnection({ transport: await tunnelTransport(socket), side: 'client' }))
}

/** WebSocket channels: one connection for each of the ports named in the request, in their order. */
export async function portForwardOverWebSocket(
  target: ProxyTarget,
  ports: readonly number[],
  protocols: readonly string[] = ['v4.channel.k8s.io'],
): Promise<{ connections: ForwardedConnection[]; close(): void }> {
  const { socket, protocol } = await dialWebSocket(target, protocols)
  const channels = new Channels({
    socket,
    codec: protocol.includes('base64') ? 'base64' : 'binary',
    closeSignal: false,
  })
  const pairs = ports.map((port, i) => ({ port, data: channels.duplex(i * 2), error: channels.duplex(i * 2 + 1) }))
  const connections = pairs.map(async ({ port, data, error }) => {
    await Promise.all([greeting(data, port), greeting(error, port)])
    return { data, error: collect(error) }
  })
  return { connections: await Promise.all(connections), close: () => socket.close(1000) }
}

function session(connection: SpdyConnection): PortForwardSession {
  let requestId = 0
  return {
    async open(port) {
      const headers = { port: String(port), requestid: String(requestId++) }
      const error = await connection.createStream({ ...headers, streamtype: 'error' })
      error.end()
      const data = await connection.createStream({ ...headers, streamtype: 'data' })
      return { data, error: collect(error) }
    },
    closed: connection.closed,
    close: () => connection.close(),
  }
}

/** Takes the two bytes of the port off the front of a channel. */
async function greeting(channel: Duplex, port: number): Promise<void> {
  for (;;) {
    const bytes = channel.read(2) as Buffer | null
    if (bytes !== null) {
      if (bytes.length !== 2 || bytes.readUInt16LE(0) !== port) throw new Error(`the server did not open port ${port}`)
      return
    }
    if (channel.destroyed) throw new Error('the connection is closed')
    await new Promise<void>(resolve => {
      channel.once('readable', resolve)
      channel.once('close', resolve)
    })
  }
}

function collect(stream: Duplex): Promise<string> {
  const message = text(stream)
  message.catch(() => undefined)
  return message
}
