import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import type { SecureVersion, TLSSocket } from 'node:tls'
import type { Pod } from '@kubets/api-types'
import {
  type Clock,
  endAfterPeer,
  type Followed,
  guardReads,
  keepHalfOpen,
  keepServerContext,
  type Logger,
  type Running,
  running,
  systemClock,
} from '@kubets/component'
import { isNotFound, isResourceExhausted } from '@kubets/cri'
import type { KeyPair } from '@kubets/pki'
import { answerUpgrade, type PlainAnswer, proxyUpgrade } from '@kubets/streaming'
import type { Registry } from 'prom-client'
import type { Access } from './access/access.ts'
import { serveContainerLogs } from './container-logs.ts'
import type { KubeletServerHost, StreamingRuntime } from './host.ts'
import { ServerRefusal } from './refusal.ts'
import { commandUrl, portForwardUrl } from './streams.ts'

export interface KubeletServerOptions {
  readonly host: KubeletServerHost
  readonly runtime: StreamingRuntime
  /** Default `0.0.0.0`. */
  readonly address?: string
  /** 0 takes a free port. Default 10250. */
  readonly port?: number
  /** The serving certificate, PEM. */
  readonly tls: ServingTls
  /** PEM of the authorities whose client certificates are believed. Without it none is. */
  readonly clientCa?: Followed<string>
  /** Who may come in. */
  readonly access: Access
  readonly metrics?: Registry
  readonly logger: Logger
  readonly clock?: Clock
}

export interface ServingTls {
  /** Without one every handshake fails. */
  readonly pair: Followed<KeyPair | undefined>
  readonly minVersion?: SecureVersion
  /** OpenSSL's names with colons between. */
  readonly ciphers?: string
}

export interface KubeletServer extends Running {
  readonly port: number
}

/** Commands of exec stand in the URL: as much as the api-server takes. Upstream's times; a request is over when its body is there, its answer may take hours. */
const servingLimits = {
  maxHeaderSize: 1024 * 1024,
  handshakeTimeout: 32_000,
  headersTimeout: 32_000,
  requestTimeout: 60_000,
  keepAliveTimeout: 90_000,
  connectionsCheckingInterval: 5_000,
}

const refusalHeaders = { 'Content-Type': 'text/plain; charset=utf-8', 'X-Content-Type-Options': 'nosniff' }

/** The kubelet's own API over TLS: logs, exec, attach, port-forward, `/pods`, `/healthz` and `/metrics`, under upstream's paths. */
export async function startKubeletServer(options: KubeletServerOptions): Promise<KubeletServer> {
  const { host, runtime, logger, access } = options
  const clock = options.clock ?? systemClock
  const stopping = new AbortController()
  const upgraded = new Set<Promise<void>>()

  const podOf = (namespace: string, name: string, missing: string): Pod => {
    const pod = host.podByName(namespace, name)
    if (pod === undefined) throw new ServerRefusal(404, missing)
    return pod
  }

  const plain = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { segments, query } = target(request)
    await access(request, segments)
    const [kind = '', namespace = '', name = '', container = ''] = segments
    if (request.method !== 'GET' && request.method !== 'HEAD' && !isStream(kind))
      throw new ServerRefusal(405, 'Method Not Allowed')
    if (kind === 'healthz' && segments.length === 1) {
      host.checkHealth()
      response.writeHead(200, { 'Content-Type': 'text/plain; charset=utf-8' }).end('ok')
    } else if (kind === 'metrics' && segments.length === 1 && options.metrics) {
      response.writeHead(200, { 'Content-Type': options.metrics.contentType }).end(await options.metrics.metrics())
    } else if (kind === 'pods' && segments.length === 1) {
      const list = { kind: 'PodList', apiVersion: 'v1', metadata: {}, items: host.pods() }
      response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(list))
    } else if (kind === 'containerLogs' && segments.length === 4) {
      const pod = podOf(namespace, name, `pod ${JSON.stringify(name)} does not exist`)
      await serveContainerLogs(runtime, pod, container, query, response, clock.now())
    } else if (host.documents?.[`/${segments.join('/')}`] !== undefined) {
      const document = await host.documents[`/${segments.join('/')}`]?.()
      response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(document))
    } else if (isStream(kind)) throw new ServerRefusal(400, 'Upgrade request required')
    else throw new ServerRefusal(404, '404 page not found')
  }

  const upgrade = async (request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> => {
    const { segments, query } = target(request)
    await access(request, segments)
    const [kind = '', namespace = '', name = '', ...more] = segments
    // both forms of upstream: with and without the pod's uid before the container
    const container = more.at(-1) ?? ''
    const uid = kind === 'portForward' ? more[0] : more.length === 2 ? more[0] : undefined
    if (!isStream(kind) || name === '' || more.length > 2 || (kind !== 'portForward' && more.length === 0))
      throw new ServerRefusal(404, '404 page not found')
    const pod = podOf(namespace, name, 'pod does not exist')
    if (uid !== undefined && uid !== pod.metadata?.uid) throw new ServerRefusal(404, 'pod not found')
    const url =
      kind === 'portForward'
        ? await portForwardUrl(runtime, pod, request, query)
        : await commandUrl(runtime, kind, pod, container, query)
    await proxyUpgrade({
      request,
      socket,
      head,
      target: { url },
      signal: stopping.signal,
      onFailure: error => ({ status: 500, body: `${error.message}\n` }),
    })
  }

  const server = createServer(
    {
      ...servingLimits,
      requestCert: true,
      // a stranger gets an answer that says why
      rejectUnauthorized: false,
      ALPNProtocols: ['http/1.1'],
    },
    (request, response) => {
      plain(request, response).catch((error: unknown) => {
        const answer = answerOf(error)
        if (answer.status === 500) logger.error({ err: error, path: request.url }, 'request failed')
        if (response.headersSent) response.destroy()
        else response.writeHead(answer.status, refusalHeaders).end(answer.body)
      })
    },
  )
  keepServerContext(server, {
    ...options.tls,
    clientCa: options.clientCa === undefined ? [] : [options.clientCa],
    failed: error => logger.error({ err: error }, 'New certificates cannot be served: those before stay'),
  })
  server.prependListener('secureConnection', guardReads)
  server.on('secureConnection', socket => endAfterPeer(socket))
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const connection = socket as TLSSocket
    connection.allowHalfOpen = true
    keepHalfOpen(connection)
    connection.on('error', () => undefined)
    const work = upgrade(request, connection, head).catch((error: unknown) => {
      const answer = answerOf(error)
      if (answer.status === 500) logger.error({ err: error, path: request.url }, 'request failed')
      answerUpgrade(connection, answer)
    })
    upgraded.add(work)
    void work.finally(() => upgraded.delete(work))
  })
  server.on('tlsClientError', error => logger.debug({ err: error }, 'TLS handshake failed'))

  await using undo = new AsyncDisposableStack()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 10_250, options.address ?? '0.0.0.0', resolve)
  })
  undo.defer(async () => {
    stopping.abort()
    const closed = new Promise<void>(resolve => server.close(() => resolve()))
    server.closeAllConnections()
    await Promise.all([closed, ...upgraded])
  })
  return { port: (server.address() as AddressInfo).port, ...running(undo.move()) }
}

function target(request: IncomingMessage): { segments: string[]; query: URLSearchParams } {
  try {
    const url = new URL(request.url ?? '/', 'https://kubelet')
    return { segments: url.pathname.split('/').slice(1).map(decodeURIComponent), query: url.searchParams }
  } catch {
    throw new ServerRefusal(400, 'invalid path')
  }
}

function isStream(kind: string): kind is 'exec' | 'attach' | 'portForward' {
  return kind === 'exec' || kind === 'attach' || kind === 'portForward'
}

/** The runtime's gRPC codes as HTTP, as upstream's streaming.WriteError has them; anything unknown is a 500 with its text. */
function answerOf(error: unknown): PlainAnswer {
  const message = error instanceof Error ? error.message : String(error)
  if (error instanceof ServerRefusal) return { status: error.status, body: message }
  if (isNotFound(error)) return { status: 404, body: message }
  if (isResourceExhausted(error)) return { status: 429, headers: { 'Retry-After': '10' }, body: message }
  return { status: 500, body: message }
}
