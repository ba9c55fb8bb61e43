import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import type { Node } from '@kubets/api-types'
import { createCertificateAuthority, issueCertificate } from '@kubets/pki'
import type { KubeletMetrics } from '../metrics.ts'
import type { KubeletSettings } from '../options.ts'
import type { PodManager } from '../pod-manager.ts'
import type { WorkerParts } from '../pod-worker/parts.ts'
import { clientAccess } from './client-identity.ts'
import { sendLog } from './container-logs.ts'
import { HttpError } from './http-error.ts'
import { statsSummary } from './stats-summary.ts'
import { passStream, type StreamRoute, streamUrl } from './streaming.ts'

export interface ServerOptions {
  settings: KubeletSettings
  parts: WorkerParts
  pods: PodManager
  metrics: KubeletMetrics
  node(): Node | undefined
}

export interface KubeletServer extends AsyncDisposable {
  port: number
}

/** The kubelet's HTTPS API, for the api-server only. */
export async function startServer(options: ServerOptions): Promise<KubeletServer> {
  const { settings, parts, pods, metrics } = options
  const tls = settings.tls ?? (await selfSigned(settings))
  const closing = new AbortController()
  const sessions = new Set<Promise<void>>()
  const server = createServer({
    ...tls,
    ...(settings.clientCa === undefined ? {} : { ca: settings.clientCa }),
    requestCert: true,
    rejectUnauthorized: false, // answered with 401 and a reason instead of a broken handshake
    minVersion: 'TLSv1.2',
  })

  function findPod(namespace: string, name: string) {
    const pod = pods.find(decodeURIComponent(namespace), decodeURIComponent(name))
    if (pod === undefined) throw new HttpError(404, `pod ${JSON.stringify(name)} not found`)
    return pod
  }

  function streamRoute(url: URL): StreamRoute | undefined {
    const [verb, namespace = '', name = '', ...rest] = url.pathname.split('/').slice(1)
    if (verb !== 'exec' && verb !== 'attach' && verb !== 'portForward') return undefined
    // with one more part the uid stands before the container's name
    return { verb, pod: findPod(namespace, name), container: decodeURIComponent(rest.at(-1) ?? ''), query: url.searchParams }
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'https://kubelet')
    const [first = '', namespace = '', name = '', ...rest] = url.pathname.split('/').slice(1)
    metrics.httpRequests.inc({ method: request.method ?? '', path: first })
    if (url.pathname === '/healthz' || url.pathname.startsWith('/healthz/')) return void response.end('ok')
    switch (first) {
      case 'containerLogs':
        return sendLog(parts, findPod(namespace, name), decodeURIComponent(rest.at(-1) ?? ''), url.searchParams, response)
      case 'pods':
        return sendJson(response, { kind: 'PodList', apiVersion: 'v1', metadata: {}, items: pods.pods() })
      case 'run': {
        const pod = findPod(namespace, name)
        const containerId = pods.container(pod, decodeURIComponent(rest.at(-1) ?? ''))
        if (containerId === undefined) throw new HttpError(404, 'container not found')
        const cmd = (url.searchParams.get('cmd') ?? '').split(' ').filter(word => word !== '')
        const { stdout, stderr, exitCode } = await parts.cri.execSync({ containerId, cmd, timeout: 0 }, { timeoutMs: 0, signal: closing.signal })
        if (exitCode !== 0) response.statusCode = 500
        return void response.end(Buffer.concat([stdout, stderr]))
      }
      case 'metrics': {
        measure(parts, metrics)
        response.setHeader('content-type', metrics.registry.contentType)
        return void response.end(await metrics.registry.metrics())
      }
      case 'stats':
        if (namespace === 'summary') return sendJson(response, await statsSummary(parts))
        break
      case 'configz':
        return sendJson(response, { kubeletconfig: configz(settings) })
      case 'exec':
      case 'attach':
      case 'portForward':
        findPod(namespace, name)
        throw new HttpError(400, 'Upgrade request required')
    }
    throw new HttpError(404, '404 page not found')
  }

  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const { access, user } = clientAccess(request.socket as TLSSocket)
    if (access !== 'allowed') return void response.writeHead(...refusal(access)).end(denied(access, user, request))
    response.on('error', () => undefined)
    answer(request, response).catch((error: Error) => {
      if (response.headersSent) return void response.destroy()
      response.writeHead(error instanceof HttpError ? error.status : 500, { 'content-type': 'text/plain; charset=utf-8' })
      response.end(`${error.message}\n`)
    })
  })
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => undefined)
    const { access, user } = clientAccess(socket as TLSSocket)
    if (access !== 'allowed') return plain(socket, refusal(access)[0], denied(access, user, request))
    const session = (async () => {
      try {
        const route = streamRoute(new URL(request.url ?? '/', 'https://kubelet'))
        if (route === undefined) throw new HttpError(404, '404 page not found')
        await passStream(await streamUrl(parts, pods, route), request, socket, head, closing.signal)
      } catch (error) {
        plain(socket, error instanceof HttpError ? error.status : 500, `${(error as Error).message}\n`)
      }
    })().finally(() => sessions.delete(session))
    sessions.add(session)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(settings.port, settings.address, resolve)
  })
  server.unref()
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      closing.abort()
      server.closeAllConnections()
      await new Promise<void>(resolve => server.close(() => resolve()))
      await Promise.all(sessions)
    },
  }
}

function refusal(access: 'unauthorized' | 'forbidden'): [number, Record<string, string>] {
  return [access === 'unauthorized' ? 401 : 403, { 'content-type': 'text/plain; charset=utf-8' }]
}

function denied(access: 'unauthorized' | 'forbidden', user: string, request: IncomingMessage): string {
  if (access === 'unauthorized') return 'Unauthorized\n'
  return `Forbidden (user=${user}, verb=${(request.method ?? 'GET').toLowerCase()}, resource=nodes, subresource(s)=[proxy])\n`
}

function plain(socket: Duplex, status: number, body: string): void {
  if (socket.destroyed) return
  const length = Buffer.byteLength(body)
  socket.end(`HTTP/1.1 ${status} ${status}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${length}\r\nConnection: close\r\n\r\n${body}`)
}

function sendJson(response: ServerResponse, value: object): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value))
}

async function selfSigned(settings: KubeletSettings) {
  const authority = await createCertificateAuthority(`${settings.nodeName}-ca`)
  return issueCertificate(authority, { commonName: settings.nodeName, dnsNames: [settings.nodeName], ipAddresses: [settings.nodeIp], usages: ['server'] })
}

function measure({ runtime }: WorkerParts, metrics: KubeletMetrics): void {
  let pods = 0
  const states = { running: 0, exited: 0, created: 0, unknown: 0 }
  for (const uid of runtime.uids()) {
    const { sandboxes, containers } = runtime.state(uid)
    if (sandboxes.some(({ state }) => state === 'SANDBOX_READY')) pods++
    for (const { state } of containers) states[state.slice('CONTAINER_'.length).toLowerCase() as keyof typeof states]++
  }
  metrics.runningPods.set(pods)
  for (const [state, count] of Object.entries(states)) metrics.runningContainers.set({ container_state: state }, count)
}

/** The configuration that is in force, in KubeletConfiguration's names. */
function configz(settings: KubeletSettings): object {
  return {
    kind: 'KubeletConfiguration',
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    address: settings.address,
    port: settings.port,
    clusterDNS: settings.clusterDns,
    clusterDomain: settings.clusterDomain,
    maxPods: settings.maxPods,
    nodeStatusUpdateFrequency: `${settings.nodeStatusUpdateFrequency / 1_000}s`,
    nodeStatusReportFrequency: `${settings.nodeStatusReportFrequency / 1_000}s`,
    nodeLeaseDurationSeconds: settings.nodeLeaseDurationSeconds,
    containerLogMaxSize: `${settings.containerLogMaxSize}`,
    containerLogMaxFiles: settings.containerLogMaxFiles,
    systemReserved: settings.systemReserved,
    cgroupRoot: settings.cgroupRoot ?? '',
    resolvConf: settings.resolvConf,
  }
}
