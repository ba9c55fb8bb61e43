import type { IncomingMessage } from 'node:http'
import { type Clock, sleep } from '@kubets/component'
import { digestOf } from '../digest.ts'
import { mediaTypes } from '../oci.ts'
import { formatReference, type ImageReference } from '../reference.ts'
import { type Credentials, parseChallenges } from './credentials.ts'
import { isRegistryNotFound, RegistryError } from './errors.ts'
import type { RegistryEndpoint } from './hosts.ts'
import { type HttpClient, readBody } from './http.ts'

export interface RegistryClientOptions {
  reference: ImageReference
  endpoints: readonly RegistryEndpoint[]
  http: HttpClient
  /** Sent to the registry itself and the token server it names, never to mirrors. */
  credentials?: Credentials
  signal: AbortSignal
  clock?: Clock
}

export interface ResolvedManifest {
  digest: string
  mediaType?: string
  /** Bytes, when they came along. */
  bytes?: Buffer
}

/** Reads one repository of a registry (OCI distribution-spec v1.1, pull). */
export interface RegistryClient {
  /** The digest that a tag stands for now. */
  resolve(): Promise<ResolvedManifest>
  manifest(digest: string): Promise<{ bytes: Buffer; mediaType?: string }>
  /** A blob from byte `offset` on; `offset` in the answer is 0 when the registry cannot start in between. */
  blob(digest: string, offset: number, signal: AbortSignal): Promise<{ body: IncomingMessage; offset: number }>
}

const accept = [
  mediaTypes.dockerManifest,
  mediaTypes.dockerList,
  mediaTypes.ociManifest,
  mediaTypes.ociIndex,
  '*/*',
].join(', ')
const maxManifestBytes = 4 << 20
const maxTokenBytes = 1 << 20
const maxRedirects = 10
/** Tries of a request that is answered with "later" or a server's error, with doubling pauses between them. */
const attempts = 4
const firstPauseMs = 200
const longestPauseMs = 10_000

export function createRegistryClient(options: RegistryClientOptions): RegistryClient {
  const { reference, endpoints, http, signal } = options
  const tokens = new Map<string, string>()

  /** Asks each endpoint in turn; of all failures the one that came furthest is told (as containerd's resolver). */
  const anywhere = async <T>(ask: (endpoint: RegistryEndpoint) => Promise<T>): Promise<T> => {
    const weight = { unreachable: 1, denied: 1, 'not-found': 2, unexpected: 3 }
    let worst: unknown
    const rank = (error: unknown) => (error instanceof RegistryError ? weight[error.kind] : 4)
    for (const endpoint of endpoints) {
      try {
        return await ask(endpoint)
      } catch (error) {
        if (signal.aborted) throw error
        if (worst === undefined || rank(error) > rank(worst)) worst = error
      }
    }
    throw worst ?? new RegistryError('not-found', `${formatReference(reference)}: not found`)
  }

  const send = async (
    endpoint: RegistryEndpoint,
    method: 'GET' | 'HEAD',
    path: string,
    headers: Record<string, string>,
    until: AbortSignal = signal,
  ): Promise<IncomingMessage> => {
    const url = new URL(`v2/${reference.path}/${path}`, endpoint.base)
    if (endpoint.mirrorOf !== undefined) url.searchParams.set('ns', endpoint.mirrorOf)
    let authorized = tokens.has(endpoint.base.href)
    for (let attempt = 1, pause = firstPauseMs; ; attempt++) {
      const token = tokens.get(endpoint.base.href)
      const response = await follow(
        endpoint,
        method,
        url,
        token ? { ...headers, authorization: token } : headers,
        until,
      )
      const status = response.statusCode ?? 0
      if (status === 401) {
        response.resume()
        const challenge = response.headers['www-authenticate']
        if (authorized && attempt > 1) throw denied(challenge)
        authorized = true
        tokens.set(endpoint.base.href, await authorize(endpoint, challenge, until))
        continue
      }
      const later = status === 408 || status === 429 || status >= 500
      if (!later || attempt >= attempts) return response
      response.resume()
      const asked = Number(response.headers['retry-after']) * 1_000
      await sleep(Math.min(asked > 0 ? asked : pause, longestPauseMs), until, options.clock)
      until.throwIfAborted()
      pause *= 2
    }
  }

  const follow = async (
    endpoint: RegistryEndpoint,
    method: 'GET' | 'HEAD',
    url: URL,
    headers: Record<string, string>,
    until: AbortSignal,
  ): Promise<IncomingMessage> => {
    for (let redirects = 0; ; redirects++) {
      const response = await http.send({ method, url, headers, verify: endpoint.verify, signal: until })
      const { location } = response.headers
      if (location === undefined || ![301, 302, 303, 307, 308].includes(response.statusCode ?? 0)) return response
      response.resume()
      if (redirects === maxRedirects) throw new RegistryError('unexpected', `stopped after ${maxRedirects} redirects`)
      const next = new URL(location, url)
      if (next.protocol !== 'https:' && next.protocol !== url.protocol)
        throw new RegistryError('unexpected', `refusing a redirect from ${url.protocol}// to ${next.protocol}//`)
      if (next.host !== url.host) {
        // storage servers refuse foreign tokens, and must not learn them
        const { authorization: _, ...rest } = headers
        headers = rest
      }
      url = next
    }
  }

  const authorize = async (endpoint: RegistryEndpoint, header: string | undefined, until: AbortSignal) => {
    const credentials = endpoint.mirrorOf === undefined ? options.credentials : undefined
    const challenges = parseChallenges(header)
    if (credentials?.registryToken !== undefined) return `Bearer ${credentials.registryToken}`
    const bearer = challenges.find(c => c.scheme === 'bearer')
    if (bearer?.parameters.realm !== undefined)
      return `Bearer ${await fetchToken(http, endpoint, reference, bearer.parameters, credentials, until)}`
    if (challenges.some(c => c.scheme === 'basic') && credentials?.username !== undefined)
      return basic(credentials.username, credentials.password ?? '')
    throw denied(header)
  }

  const expectOk = async (response: IncomingMessage, method: string, path: string): Promise<IncomingMessage> => {
    const status = response.statusCode ?? 0
    if (status >= 200 && status < 300) return response
    const url = `${reference.domain}/v2/${reference.path}/${path}`
    if (status === 404) {
      response.resume()
      throw new RegistryError('not-found', `${formatReference(reference)}: not found`)
    }
    if (status === 403) throw denied(undefined, await serverMessage(response))
    const said = await serverMessage(response)
    throw new RegistryError(
      'unexpected',
      `unexpected status from ${method} request to ${url}: ${status} ${response.statusMessage}${said}`,
    )
  }

  return {
    resolve: () =>
      anywhere(async endpoint => {
        const path = `manifests/${reference.digest ?? reference.tag ?? 'latest'}`
        const head = await expectOk(await send(endpoint, 'HEAD', path, { accept }), 'HEAD', path)
        head.resume()
        const digest = reference.digest ?? head.headers['docker-content-digest']
        const type = contentType(head)
        if (typeof digest === 'string' && /^sha256:[0-9a-f]{64}$/.test(digest)) return { digest, ...type }
        const response = await expectOk(await send(endpoint, 'GET', path, { accept }), 'GET', path)
        const bytes = await readBody(response, maxManifestBytes)
        return { digest: digestOf(bytes), bytes, ...contentType(response) }
      }),
    manifest: digest =>
      anywhere(async endpoint => {
        const path = `manifests/${digest}`
        const response = await expectOk(await send(endpoint, 'GET', path, { accept }), 'GET', path)
        const bytes = await readBody(response, maxManifestBytes)
        if (digestOf(bytes) !== digest)
          throw new RegistryError(
            'unexpected',
            `failed commit on ref "manifest-${digest}": unexpected commit digest ${digestOf(bytes)}, expected ${digest}: failed precondition`,
          )
        return { bytes, ...contentType(response) }
      }),
    blob: (digest, offset, until) =>
      anywhere(async endpoint => {
        const path = `blobs/${digest}`
        const headers: Record<string, string> = { accept: '*/*', 'accept-encoding': 'identity' }
        if (offset > 0) headers.range = `bytes=${offset}-`
        const answer = await send(endpoint, 'GET', path, headers, until)
        if (answer.statusCode === 416) {
          answer.resume()
          throw new RegistryError('unexpected', 'requested range not satisfiable')
        }
        const body = await expectOk(answer, 'GET', path).catch((error: unknown) => {
          if (!isRegistryNotFound(error)) throw error
          throw new RegistryError('not-found', `could not fetch content descriptor ${digest} from remote: not found`)
        })
        const ranged = body.statusCode === 206 && body.headers['content-range']?.startsWith(`bytes ${offset}-`)
        return { body, offset: ranged ? offset : 0 }
      }),
  }
}

async function fetchToken(
  http: HttpClient,
  endpoint: RegistryEndpoint,
  reference: ImageReference,
  challenge: Readonly<Record<string, string>>,
  credentials: Credentials | undefined,
  signal: AbortSignal,
): Promise<string> {
  const realm = challenge.realm ?? ''
  if (!URL.canParse(realm)) throw new RegistryError('unexpected', `failed to authorize: invalid token realm "${realm}"`)
  const url = new URL(realm)
  if (url.protocol !== 'https:' && endpoint.base.protocol === 'https:')
    throw new RegistryError('unexpected', `failed to authorize: the token realm ${realm} is not https`)
  const scope = challenge.scope ?? `repository:${reference.path}:pull`
  const form = credentials?.identityToken !== undefined
  const fields = new URLSearchParams()
  if (challenge.service !== undefined) fields.set('service', challenge.service)
  for (const part of scope.split(' ')) fields.append('scope', part)
  const headers: Record<string, string> = { accept: 'application/json' }
  if (credentials?.identityToken !== undefined) {
    fields.set('grant_type', 'refresh_token')
    fields.set('refresh_token', credentials.identityToken)
    fields.set('client_id', 'kubets')
    fields.set('scope', scope)
    headers['content-type'] = 'application/x-www-form-urlencoded'
  } else {
    for (const [key, value] of fields) url.searchParams.append(key, value)
    if (credentials?.username !== undefined)
      headers.authorization = basic(credentials.username, credentials.password ?? '')
  }
  const method = form ? 'POST' : 'GET'
  const response = await http.send({
    method,
    url,
    headers,
    verify: endpoint.verify,
    signal,
    ...(form ? { body: fields.toString() } : {}),
  })
  const kind = credentials === undefined ? 'anonymous' : 'oauth'
  if (response.statusCode !== 200) {
    response.resume()
    throw new RegistryError(
      'denied',
      `failed to authorize: failed to fetch ${kind} token: unexpected status from ${method} request to ${url.href}: ${response.statusCode} ${response.statusMessage}`,
    )
  }
  const answer = JSON.parse((await readBody(response, maxTokenBytes)).toString('utf8')) as Record<string, unknown>
  const token = answer.token ?? answer.access_token
  if (typeof token !== 'string' || token === '')
    throw new RegistryError(
      'unexpected',
      `failed to authorize: failed to fetch ${kind} token: authorization server did not include a token in the response`,
    )
  return token
}

function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
}

function denied(challenge: string | undefined, said = ''): RegistryError {
  const error = parseChallenges(challenge).find(c => c.parameters.error !== undefined)?.parameters.error
  const server = error === undefined ? said : `: server message: ${error}`
  return new RegistryError(
    'denied',
    `pull access denied, repository does not exist or may require authorization${server}: authorization failed`,
  )
}

function contentType(response: IncomingMessage): { mediaType?: string } {
  const type = response.headers['content-type']?.split(';')[0]?.trim()
  return type === undefined ? {} : { mediaType: type }
}

/** What the registry says for itself: `{"errors":[{"code":"…","message":"…"}]}`. */
async function serverMessage(response: IncomingMessage): Promise<string> {
  try {
    const body = JSON.parse((await readBody(response, 64 << 10)).toString('utf8')) as {
      errors?: { code?: string; message?: string }[]
    }
    const texts = (body.errors ?? []).map(e =>
      [e.code?.toLowerCase().replaceAll('_', ' '), e.message].filter(Boolean).join(': '),
    )
    return texts.length > 0 ? `: server message: ${texts.join(', ')}` : ''
  } catch {
    return '' // no JSON: nothing to tell
  }
}
