import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Registry } from 'prom-client'
import { limitConnections, serverLimits } from './server-limits.ts'
import { endAfterPeer } from './tls/end-after-peer.ts'
import { guardReads } from './tls/guard-reads.ts'
import { keepServerContext, type ServerContextOptions } from './tls/server-context.ts'

const { createServer } = process.getBuiltinModule('node:http')

/** A named check behind `/livez`, `/readyz` and `/healthz`: throws when something is wrong. */
export interface HealthCheck {
  name: string
  check(): void | Promise<void>
}

/** How a request is refused. */
export interface Refusal {
  readonly status: number
  readonly type: string
  readonly body: string
}

/** Where health and metrics are served, and to whom. */
export interface HealthEndpoint {
  host: string
  /** 0 takes a free port. */
  port: number
  /** Default: plain HTTP. */
  tls?: ServerContextOptions
  /** Lets a request in, or says how it is refused. Default: everybody may see everything. */
  admit?: (request: IncomingMessage, path: string) => Promise<Refusal | undefined>
}

export interface HealthServerOptions extends HealthEndpoint {
  checks: readonly HealthCheck[]
  metrics?: Registry
}

export interface HealthServer extends AsyncDisposable {
  port: number
}

/** The small HTTP surface of services other than the api-server: `/healthz`, `/livez`, `/readyz` (all with `?verbose`) and `/metrics`. */
export async function serveHealth(options: HealthServerOptions): Promise<HealthServer> {
  const { admit } = options
  const server = listening(options.tls, (request, response) => {
    answer(request, response).catch(() => response.destroy())
  })
  limitConnections(server)
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    response.setHeader('x-content-type-options', 'nosniff')
    response.setHeader('cache-control', 'no-cache, private')
    const target = request.url ?? '/'
    if (!URL.canParse(target, 'http://health')) {
      response.writeHead(400).end()
      return
    }
    const url = new URL(target, 'http://health')
    const refused = await admit?.(request, url.pathname)
    if (refused !== undefined) {
      response.writeHead(refused.status, { 'content-type': refused.type }).end(refused.body)
      return
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { allow: 'GET, HEAD' }).end()
      return
    }
    if (url.pathname === '/metrics' && options.metrics) {
      response.setHeader('content-type', options.metrics.contentType)
      response.end(await options.metrics.metrics())
      return
    }
    if (!['/healthz', '/livez', '/readyz'].includes(url.pathname)) {
      response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' }).end('404 page not found\n')
      return
    }
    const report = await runChecks(options.checks, url.pathname.slice(1))
    const verbose = url.searchParams.has('verbose') || !report.healthy
    response.writeHead(report.healthy ? 200 : 500, { 'content-type': 'text/plain; charset=utf-8' })
    response.end(verbose ? report.text : 'ok')
  }
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, options.host, resolve)
  })
  server.unref()
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise<void>(resolve => server.close(() => resolve()))
    },
  }
}

function listening(tls: ServerContextOptions | undefined, listener: RequestListener): Server {
  if (tls === undefined) return createServer(serverLimits(), listener)
  const server = createSecureServer(
    {
      ...serverLimits(),
      handshakeTimeout: 10_000,
      requestCert: tls.clientCa.length > 0,
      // a stranger gets an answer that says why
      rejectUnauthorized: false,
      ALPNProtocols: ['http/1.1'],
    },
    listener,
  )
  keepServerContext(server, tls)
  server.prependListener('secureConnection', guardReads)
  server.on('secureConnection', socket => endAfterPeer(socket))
  return server
}

/** Runs all checks and prints them as kube-apiserver's `?verbose` does. */
export async function runChecks(
  checks: readonly HealthCheck[],
  path: string,
): Promise<{ healthy: boolean; text: string }> {
  const lines: string[] = []
  let healthy = true
  for (const { name, check } of [{ name: 'ping', check: () => undefined }, ...checks]) {
    try {
      await check()
      lines.push(`[+]${name} ok`)
    } catch {
      healthy = false
      lines.push(`[-]${name} failed: reason withheld`)
    }
  }
  lines.push(`${path} check ${healthy ? 'passed' : 'failed'}`)
  return { healthy, text: `${lines.join('\n')}\n` }
}
