import type { TLSSocket } from 'node:tls'
import {
  type AcceptedWebSocket,
  createWebSocketAcceptor,
  isWebSocketRequest,
  requestedProtocols,
} from '@kubets/streaming'
import type { BodyWriter, Exchange } from '../front/exchange.ts'

/** Unsent bytes from which the reader counts as slow. */
const highWater = 64 * 1024
/** What upstream closes with, whatever the client has said. */
const normalClosure = 1000
/** A client that has been told the end of it may take so long to see it, ms. What is still on its way to us would reset the connection, and lose what it has not read. */
const lingering = 500
/** One that has ended its side may take so long for what is still written to it, ms. */
const patience = 10_000

export interface WebSocketBodyOptions {
  /** Subprotocols that may be named, `''` for none; `any`: whichever single one the client names. */
  protocols: readonly string[] | 'any'
  /** How each chunk becomes a message. */
  message(chunk: Uint8Array, protocol: string): { data: Uint8Array | string; binary: boolean }
  /** Sent before everything else. */
  first?: Uint8Array
}

let acceptor: ReturnType<typeof createWebSocketAcceptor> | undefined

export const asksForWebSocket = (exchange: Exchange): boolean => exchange.canUpgrade && isWebSocketRequest(exchange)

/** Answers with a body over a WebSocket, a message for each chunk. Undefined when the handshake was refused: the answer is given then. */
export async function beginWebSocket(
  exchange: Exchange,
  { protocols, message, first }: WebSocketBodyOptions,
): Promise<BodyWriter | undefined> {
  const requested = requestedProtocols(exchange)
  if (protocols === 'any') {
    // what golang.org/x/net/websocket refuses by itself
    if (requested.length > 1) return refuse(exchange, 400)
    if (exchange.headers.origin === undefined) return refuse(exchange, 403)
  }
  acceptor ??= createWebSocketAcceptor()
  const { accept } = await acceptor
  const { request, socket: connection, head } = exchange.takeConnection()
  const supported = protocols === 'any' ? [requested[0] ?? ''] : protocols
  const accepted = await accept(request, connection, head, supported)
  if (accepted === undefined) return undefined
  const { socket, protocol } = accepted
  socket.on('error', () => undefined)
  // clients only listen
  socket.on('message', () => undefined)
  const close = closeLikeUpstream(socket, connection)
  let waiting: (() => void)[] = []
  const wake = () => {
    const all = waiting
    waiting = []
    for (const proceed of all) proceed()
  }
  socket.once('close', () => {
    wake()
    connection.destroy()
  })
  if (first !== undefined) socket.send(first, { binary: true })
  const isOpen = () => socket.readyState === socket.OPEN
  return {
    write(chunk, sent) {
      if (!isOpen()) {
        sent?.()
        return true
      }
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
      const { data, binary } = message(bytes, protocol)
      socket.send(data, { binary }, () => {
        sent?.()
        if (socket.bufferedAmount < highWater) wake()
      })
      return socket.bufferedAmount < highWater
    },
    drained: () =>
      new Promise(resolve => {
        if (!isOpen() || socket.bufferedAmount < highWater) resolve()
        else waiting.push(resolve)
      }),
    get buffered() {
      return socket.bufferedAmount
    },
    get closed() {
      return !isOpen()
    },
    end: close,
  }
}

/** Upstream closes, whoever has begun with it, by its own close frame and the end of the connection: it waits for nothing from the client. */
function closeLikeUpstream(socket: AcceptedWebSocket['socket'], connection: TLSSocket): () => void {
  const tell = socket.close.bind(socket, normalClosure)
  // what `ws` calls when the client closes, or sends what is no frame
  socket.close = () => {
    tell()
    connection.end()
  }
  const destroyWithin = (within: number) => {
    const timer = setTimeout(() => connection.destroy(), within)
    connection.once('close', () => clearTimeout(timer))
  }
  // before `ws`, which takes it for an end without words
  connection.prependOnceListener('end', () => {
    socket.close()
    destroyWithin(patience)
  })
  connection.once('finish', () => destroyWithin(lingering))
  return () => socket.close()
}

function refuse(exchange: Exchange, status: number): undefined {
  exchange.respond(status, '', '')
  return undefined
}
