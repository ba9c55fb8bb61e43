import type { IncomingMessage, ServerResponse } from 'node:http'
import { type AddressInfo, isIPv6, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { running, serverLimits, systemClock } from '@kubets/component'
import {
  type AttachStreamRequest,
  type ExecStreamRequest,
  type PortForwardStreamRequest,
  type StreamingServer,
  type StreamingServerOptions,
  StreamRequestError,
} from './contract.ts'
import { answerUpgrade, type PlainAnswer } from './http/answer.ts'
import { negotiateStreamProtocol, switchingToSpdy } from './http/negotiate.ts'
import { servePortForwardSpdy, spdyPortForwardProtocols } from './port-forward/spdy.ts'
import { asksForTunnel, tunnelProtocols, tunnelTransport } from './port-forward/tunnel.ts'
import { servePortForwardWebSocket, webSocketPortForwardProtocols } from './port-forward/websocket.ts'
import { type CommandRequest, runCommand } from './remotecommand/run-command.ts'
import { acceptSpdyCommand, spdyCommandProtocols } from './remotecommand/spdy.ts'
import { acceptWebSocketCommand, webSocketCommandProtocols } from './remotecommand/websocket.ts'
import { RequestCache } from './request-cache.ts'
import { createWebSocketAcceptor, isWebSocketRequest } from './websocket/accept.ts'

const { createServer } = process.getBuiltinModule('node:http')

type Pending = CommandRequest | { readonly kind: 'portforward'; readonly request: PortForwardStreamRequest }

/** Serves exec, attach and port-forward at URLs that it gives out for one use each (CRI's streaming server). */
export async function startStreamingServer(options: StreamingServerOptions): Promise<StreamingServer> {
  const { handlers, logger } = options
  const idleTimeout = options.streamIdleTimeout ?? 4 * 60 * 60_000
  const creationTimeout = options.streamCreationTimeout ?? 30_000
  const cache = new RequestCache<Pending>(options.clock ?? systemClock)
  const acceptor = await createWebSocketAcceptor()
  const stopping = new AbortController()
  const connections = new Set<Duplex>()
  const serving = new Set<Promise<void>>()

  const find = (request: IncomingMessage): Pending | PlainAnswer => {
    const path = (request.url ?? '/').split('?', 1)[0] ?? ''
    const [, kind, token] = /^\/(exec|attach|portforward)\/([^/]+)$/.exec(path) ?? []
    if (kind === undefined || token === undefined) return notFound
    if (request.method !== 'GET' && request.method !== 'POST') return { status: 405, body: '405: Method Not Allowed' }
    const pending = cache.consume(token)
    return pending?.kind === kind ? pending : notFound
  }

  const serve = async (pending: Pending, request: IncomingMessage, connection: Duplex, head: Buffer): Promise<void> => {
    const signal = stopping.signal
    if (pending.kind === 'portforward') {
      const context = { request: pending.request, handlers, logger }
      if (isWebSocketRequest(request)) {
        if (asksForTunnel(request)) {
          const tunnel = await acceptor.accept(request, connection, head, tunnelProtocols(spdyPortForwardProtocols))
          if (tunnel) await servePortForwardSpdy(await tunnelTransport(tunnel.socket), context, creationTimeout, signal)
          return
        }
        const accepted = await acceptor.accept(request, connection, head, webSocketPortForwardProtocols)
        if (accepted) await servePortForwardWebSocket(accepted, context, signal)
        return
      }
      if (upgradeToSpdy(request, connection, head, spdyPortForwardProtocols) !== undefined)
        await servePortForwardSpdy(connection, context, creationTimeout, signal)
      return
    }
    const streams = isWebSocketRequest(request)
      ? await acceptor
          .accept(request, connection, head, webSocketCommandProtocols)
          .then(accepted => accepted && acceptWebSocketCommand(accepted, pending.request))
      : await acceptCommandOverSpdy(pending, request, connection, head)
    if (streams) await runCommand({ command: pending, streams, handlers, logger, signal })
  }

  const acceptCommandOverSpdy = (
    pending: CommandRequest,
    request: IncomingMessage,
    connection: Duplex,
    head: Buffer,
  ) => {
    const protocol = upgradeToSpdy(request, connection, head, spdyCommandProtocols)
    return protocol === undefined
      ? undefined
      : acceptSpdyCommand(connection, protocol, pending.request, creationTimeout)
  }

  // what the api-server takes of a client's headers comes as far as here
  const server = createServer(serverLimits(1024 * 1024), (request: IncomingMessage, response: ServerResponse) => {
    const found = find(request)
    const answer = 'status' in found ? found : refusalWithoutUpgrade(request, found)
    response.writeHead(answer.status, {
      'Content-Type': 'text/plain; charset=utf-8',
      'X-Content-Type-Options': 'nosniff',
      ...(answer.headers as Record<string, string[]> | undefined),
    })
    response.end(answer.body)
  })
  server.on('upgrade', (request: IncomingMessage, connection: Socket, head: Buffer) => {
    connection.on('error', () => undefined)
    const found = find(request)
    if ('status' in found) {
      answerUpgrade(connection, found)
      return
    }
    connections.add(connection)
    connection.once('close', () => connections.delete(connection))
    connection.setTimeout(idleTimeout, () => connection.destroy())
    connection.setNoDelay(true)
    const work = serve(found, request, connection, head).catch((error: unknown) => {
      logger.error({ err: error, kind: found.kind }, 'streaming connection failed')
      connection.destroy()
    })
    serving.add(work)
    void work.finally(() => serving.delete(work))
  })

  await using undo = new AsyncDisposableStack()
  const address = options.address ?? '127.0.0.1'
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, address, resolve)
  })
  undo.defer(async () => {
    stopping.abort()
    server.closeAllConnections()
    const closed = new Promise<void>(resolve => server.close(() => resolve()))
    for (const connection of connections) connection.destroy()
    await Promise.all([closed, ...serving])
  })
  const port = (server.address() as AddressInfo).port
  const base = (options.baseUrl ?? `http://${isIPv6(address) ? `[${address}]` : address}:${port}`).replace(/\/$/, '')

  return {
    address,
    port,
    exec: request => {
      checkCommand(request, 'one of stdin, stdout, or stderr must be set')
      return `${base}/exec/${cache.insert({ kind: 'exec', request })}`
    },
    attach: request => {
      checkCommand(request, 'one of stdin, stdout, and stderr must be set')
      return `${base}/attach/${cache.insert({ kind: 'attach', request })}`
    },
    portForward: request => {
      if (request.podSandboxId === '')
        throw new StreamRequestError('InvalidArgument', 'missing required pod_sandbox_id')
      return `${base}/portforward/${cache.insert({ kind: 'portforward', request })}`
    },
    ...running(undo.move()),
  }
}

const notFound: PlainAnswer = { status: 404, body: '404 page not found\n' }

function checkCommand(request: ExecStreamRequest | AttachStreamRequest, nothingAsked: string): void {
  const invalid = (message: string) => new StreamRequestError('InvalidArgument', message)
  if (request.containerId === '') throw invalid('missing required container_id')
  if (request.tty && request.stderr) throw invalid('tty and stderr cannot both be true')
  if (!request.stdin && !request.stdout && !request.stderr) throw invalid(nothingAsked)
}

/** Switches the connection to SPDY and answers the protocol; on a refusal answers the client and `undefined`. */
function upgradeToSpdy(
  request: IncomingMessage,
  connection: Duplex,
  head: Buffer,
  supported: readonly string[],
): string | undefined {
  const result = negotiateStreamProtocol(request, supported)
  if ('refusal' in result) {
    answerUpgrade(connection, result.refusal)
    return undefined
  }
  connection.write(switchingToSpdy(result.protocol))
  if (head.length > 0) connection.unshift(head)
  return result.protocol
}

function refusalWithoutUpgrade(request: IncomingMessage, pending: Pending): PlainAnswer {
  const supported = pending.kind === 'portforward' ? spdyPortForwardProtocols : spdyCommandProtocols
  const result = negotiateStreamProtocol(request, supported)
  return 'refusal' in result
    ? result.refusal
    : { status: 400, body: 'unable to upgrade: missing upgrade headers in request\n' }
}
