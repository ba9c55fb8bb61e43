import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Descriptor } from '../oci.ts'

/** What a test makes go wrong. */
export interface RegistryBehaviour {
  /** Bearer: who may have a token (`undefined`: everybody). Basic: the one `user:password`. */
  auth?: { scheme: 'bearer'; users?: string[]; denyAfterToken?: boolean } | { scheme: 'basic'; user: string }
  /** Called for each blob request; may answer itself and return true. */
  onBlob?: (digest: string, request: IncomingMessage, response: ServerResponse) => boolean
  onManifest?: (name: string, request: IncomingMessage, response: ServerResponse) => boolean
}

export interface TestRegistry extends AsyncDisposable {
  /** `127.0.0.1:PORT`. */
  host: string
  /** `GET /v2/…` as they came. */
  requests: string[]
  tags: Map<string, Descriptor>
  blobs: Map<string, Buffer>
  behaviour: RegistryBehaviour
}

/** A registry on loopback: enough of the distribution API to pull from. With a key it speaks HTTPS. */
export async function startRegistry(
  behaviour: RegistryBehaviour = {},
  tls?: { key: string; cert: string },
): Promise<TestRegistry> {
  const serve = (request: IncomingMessage, response: ServerResponse) => answer(registry, request, response)
  const server = tls === undefined ? createServer(serve) : createTlsServer(tls, serve)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const registry: TestRegistry = {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: [],
    tags: new Map(),
    blobs: new Map(),
    behaviour,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise<void>(resolve => server.close(() => resolve()))
    },
  }
  return registry
}

function answer(registry: TestRegistry, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', `http://${registry.host}`)
  registry.requests.push(`${request.method} ${url.pathname}${url.search}`)
  if (url.pathname === '/token') {
    token(registry, request, url, response)
    return
  }
  if (!authorized(registry, request)) {
    challenge(registry, response)
    return
  }
  const manifest = /^\/v2\/(.+)\/manifests\/(.+)$/.exec(url.pathname)
  if (manifest) {
    const [, repository = '', name = ''] = manifest
    if (registry.behaviour.onManifest?.(name, request, response)) return
    const descriptor = registry.tags.get(`${repository}:${name}`)
    const digest = descriptor?.digest ?? name
    const content = registry.blobs.get(digest)
    if (content === undefined) {
      notFound(response, 'MANIFEST_UNKNOWN')
      return
    }
    const type = descriptor?.mediaType ?? (JSON.parse(content.toString()) as { mediaType: string }).mediaType
    response.writeHead(200, {
      'content-type': type,
      'content-length': content.length,
      'docker-content-digest': digest,
    })
    response.end(request.method === 'HEAD' ? undefined : content)
    return
  }
  const digest = /^\/v2\/.+\/blobs\/(.+)$/.exec(url.pathname)?.[1] ?? ''
  if (registry.behaviour.onBlob?.(digest, request, response)) return
  const content = registry.blobs.get(digest)
  if (content === undefined) {
    notFound(response, 'BLOB_UNKNOWN')
    return
  }
  const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0)
  const part = content.subarray(start)
  const range = { 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` }
  response.writeHead(start > 0 ? 206 : 200, { 'content-length': part.length, ...(start > 0 ? range : {}) })
  response.end(part)
}

function authorized({ behaviour: { auth } }: TestRegistry, request: IncomingMessage): boolean {
  if (auth === undefined) return true
  if (auth.scheme === 'basic') return request.headers.authorization === basic(auth.user)
  return request.headers.authorization === 'Bearer good-token' && auth.denyAfterToken !== true
}

function challenge(registry: TestRegistry, response: ServerResponse): void {
  const { auth } = registry.behaviour
  const header =
    auth?.scheme === 'basic'
      ? 'Basic realm="test"'
      : `Bearer realm="http://${registry.host}/token",service="test",scope="repository:a/b:pull"${auth?.denyAfterToken ? ',error="insufficient_scope"' : ''}`
  response.writeHead(401, { 'www-authenticate': header }).end('{"errors":[{"code":"UNAUTHORIZED"}]}')
}

function token(registry: TestRegistry, request: IncomingMessage, url: URL, response: ServerResponse): void {
  const { auth } = registry.behaviour
  const give = () => response.end(JSON.stringify({ token: 'good-token' }))
  if (auth?.scheme !== 'bearer') {
    notFound(response, 'UNKNOWN')
    return
  }
  if (request.method === 'POST') {
    let body = ''
    request.on('data', (part: Buffer) => {
      body += part.toString()
    })
    request.on('end', () => {
      const fields = new URLSearchParams(body)
      if (fields.get('refresh_token') === 'long-lived' && fields.get('service') === 'test') give()
      else response.writeHead(401).end()
    })
    return
  }
  const allowed = auth.users === undefined || auth.users.map(basic).includes(request.headers.authorization ?? '')
  if (allowed && url.searchParams.get('service') === 'test') give()
  else response.writeHead(401).end()
}

function basic(user: string): string {
  return `Basic ${Buffer.from(user).toString('base64')}`
}

function notFound(response: ServerResponse, code: string): void {
  response.writeHead(404, { 'content-type': 'application/json' }).end(JSON.stringify({ errors: [{ code }] }))
}
