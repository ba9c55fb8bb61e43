import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { WebSocket, WebSocketServer } from 'ws'
import { answerUpgrade } from '../http/answer.ts'

/** x/net/websocket's own bound on one message; a longer one closes the connection (1009). */
const maxPayload = 32 * 1024 * 1024

/** How long a client may take to read what is left after our close frame. Upstream's finishTimeout. Milliseconds. */
export const finishTimeout = 15 * 60_000

export interface AcceptedWebSocket {
  readonly socket: WebSocket
  /** Empty when the client named none. */
  readonly protocol: string
}

/** Does the server's half of WebSocket handshakes. */
export interface WebSocketAcceptor {
  /** Takes the first protocol of the client's that is `supported` (`''`: none named). Otherwise answers 403 and resolves to `undefined`. */
  accept(
    request: IncomingMessage,
    connection: Duplex,
    head: Buffer,
    supported: readonly string[],
  ): Promise<AcceptedWebSocket | undefined>
}

/** Loads `ws`: call it once per server. */
export async function createWebSocketAcceptor(): Promise<WebSocketAcceptor> {
  const { WebSocketServer } = await import('ws')
  const server: WebSocketServer = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    skipUTF8Validation: true,
    maxPayload,
    closeTimeout: finishTimeout,
  } as ConstructorParameters<typeof WebSocketServer>[0])
  const chosen = new WeakMap<IncomingMessage, string>()
  server.on('headers', (headers, request) => {
    const protocol = chosen.get(request)
    if (protocol) headers.push(`Sec-WebSocket-Protocol: ${protocol}`)
  })
  return {
    accept(request, connection, head, supported) {
      const requested = requestedProtocols(request)
      const wanted = requested.length === 0 ? [''] : requested
      const protocol = wanted.find(name => supported.includes(name))
      if (protocol === undefined) {
        answerUpgrade(connection, {
          status: 403,
          body: `requested protocol(s) are not supported: [${requested.join(' ')}]; supports [${supported.join(' ')}]\n`,
        })
        return Promise.resolve(undefined)
      }
      chosen.set(request, protocol)
      // ws refuses names with a slash (SPDY/3.1+…), so the header is ours alone
      delete request.headers['sec-websocket-protocol']
      return new Promise(resolve => {
        const gone = () => resolve(undefined)
        connection.once('close', gone)
        server.handleUpgrade(request, connection, head, socket => {
          connection.off('close', gone)
          resolve({ socket, protocol })
        })
      })
    },
  }
}

/** The subprotocols that the client names, in its order. */
export function requestedProtocols(request: Pick<IncomingMessage, 'headers'>): string[] {
  return (request.headers['sec-websocket-protocol'] ?? '')
    .split(',')
    .map(name => name.trim())
    .filter(name => name !== '')
}

/** As upstream looks at it: `Upgrade: websocket` and a `Connection` that names upgrade. */
export function isWebSocketRequest(request: Pick<IncomingMessage, 'headers'>): boolean {
  return (
    request.headers.upgrade?.toLowerCase() === 'websocket' &&
    (request.headers.connection ?? '').toLowerCase().includes('upgrade')
  )
}
