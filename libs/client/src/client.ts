import type { OutgoingHttpHeaders } from 'node:http2'
import type { KubeObject } from '@kubets/api-types'
import { type Clock, type Followed, followedOf, mapFollowed, systemClock } from '@kubets/component'
import type { Client, ClientConfig, ListOptions, ObjectList, PatchType } from './contract.ts'
import { replyError, retryAfter } from './reply-error.ts'
import { abandonable } from './transport/abandonable.ts'
import { type Connection, createConnection } from './transport/connection.ts'
import { ConnectionError } from './transport/errors.ts'
import { exchange, type Reply } from './transport/exchange.ts'
import { listQuery, query, resourcePath, watchQuery } from './transport/path.ts'
import { type Authorization, authorization } from './transport/token.ts'
import { watchEvents } from './transport/watch.ts'

export interface ClientOptions {
  clock?: Clock
  /** 0 ≤ x < 1; for the jitter of pauses. */
  random?: () => number
  /** Milliseconds for one request's whole answer (watches have none). Default 75,000: the server itself stops at 60. */
  requestTimeout?: number
  /** Requests that may wait while the connection is down. Default 10,000; one more fails at once. */
  maxWaiting?: number
  /** Milliseconds between dials, doubled from min to max. Default 25 and 1,000. */
  minPause?: number
  maxPause?: number
  dialTimeout?: number
  pingInterval?: number
  pingTimeout?: number
}

/** As client-go: an answer that carries Retry-After is taken this often as "come again". */
const MAX_RETRIES = 10
/** Seconds; a server that asks for more is not waited for, its answer goes to the caller. */
const MAX_RETRY_AFTER = 60

const contentTypes: Record<PatchType, string> = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
}

const json = 'application/json'
const partial = (kind: string) => `${json};as=${kind};g=meta.k8s.io;v=v1`
/** What a reader asks for, with plain JSON for servers that know no other form. */
const accepts = {
  object: `${partial('PartialObjectMetadata')},${json}`,
  list: `${partial('PartialObjectMetadataList')},${json}`,
} as const

/** A client for one server. Opens its connection at the first request. Of a configuration that is followed, certificates and authorities may change. */
export function createClient(source: ClientConfig | Followed<ClientConfig>, options: ClientOptions = {}): Client {
  const followed = followedOf(source)
  const connection = connect(followed, options)
  const config = followed.current
  const client = clientOver(connection, authorization(config, options.clock ?? systemClock), config, options)
  return {
    ...client,
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]()
      await connection[Symbol.asyncDispose]()
    },
  }
}

/** Whose token a client shows. */
export interface TokenSource {
  /** Asked for each request; a promise only where one has to be fetched. */
  token(): string | Promise<string>
  /** The server did not know the token. */
  refused(): void
}

/** Clients of several identities over one connection, which shows no certificate: each says with every request who it is. */
export interface TokenClients extends AsyncDisposable {
  as(source: TokenSource): Client
}

export function createTokenClients(
  source: ClientConfig | Followed<ClientConfig>,
  options: ClientOptions = {},
): TokenClients {
  const followed = followedOf(source)
  const config = followed.current
  const anonymous = mapFollowed(
    followed,
    ({ cert: _, key: _key, token: _token, tokenFile: _file, ...others }): ClientConfig => others,
    () => undefined,
  )
  const connection = connect(anonymous, options)
  const clients: Client[] = []
  return {
    as(source) {
      const bearer = (token: string) => `Bearer ${token}`
      const authorize = () => {
        const token = source.token()
        return token instanceof Promise ? token.then(bearer) : bearer(token)
      }
      const client = clientOver(
        connection,
        Object.assign(authorize, { refused: () => source.refused() }),
        config,
        options,
      )
      clients.push(client)
      return client
    },
    async [Symbol.asyncDispose]() {
      for (const client of clients) await client[Symbol.asyncDispose]()
      await connection[Symbol.asyncDispose]()
    },
  }
}

function connect(config: Followed<ClientConfig>, options: ClientOptions): Connection {
  return createConnection(config, {
    clock: options.clock ?? systemClock,
    random: options.random ?? Math.random,
    maxWaiting: options.maxWaiting ?? 10_000,
    minPause: options.minPause ?? 25,
    maxPause: options.maxPause ?? 1_000,
    dialTimeout: options.dialTimeout ?? 10_000,
    pingInterval: options.pingInterval ?? 30_000,
    pingTimeout: options.pingTimeout ?? 15_000,
  })
}

/** The client's end does not end the connection, which others may use too. */
function clientOver(
  connection: Connection,
  authorize: Authorization,
  config: ClientConfig,
  options: ClientOptions,
): Client {
  const timeout = options.requestTimeout ?? 75_000
  const userAgent = config.userAgent ?? 'kubets/v1.36.0'
  const disposed = new AbortController()

  async function headersFor(
    method: string,
    path: string,
    contentType?: string,
    accept: string = json,
    signal?: AbortSignal,
  ): Promise<OutgoingHttpHeaders> {
    const headers: OutgoingHttpHeaders = {
      ':method': method,
      ':path': path,
      accept,
      'user-agent': userAgent,
    }
    if (contentType !== undefined) headers['content-type'] = contentType
    const token = authorize()
    // whoever gives up does not wait for a token that may have to come from a server
    if (token !== undefined) headers.authorization = token instanceof Promise ? await abandonable(token, signal) : token
    return headers
  }

  /** Sends once; again only where the server cannot have acted, or where acting twice changes nothing. */
  async function send(headers: OutgoingHttpHeaders, body?: string | Buffer, signal?: AbortSignal): Promise<Reply> {
    for (let attempt = 0; ; attempt++) {
      const ready = connection.session()
      const session = ready instanceof Promise ? await abandonable(ready, signal) : ready
      if (session === undefined) throw signal?.reason
      try {
        return await exchange(session, headers, { body, signal, timeout })
      } catch (error) {
        if (!(error instanceof ConnectionError) || attempt >= 2 || signal?.aborted) throw error
        if (error.refused) connection.retire(session)
        else if (headers[':method'] !== 'GET' || !session.destroyed) throw error
      }
    }
  }

  async function request(
    method: string,
    path: string,
    body?: { content: unknown; type?: string },
    signal?: AbortSignal,
    accept?: string,
  ): Promise<Reply> {
    const headers = await headersFor(method, path, body && (body.type ?? json), accept, signal)
    const text = body && JSON.stringify(body.content)
    for (let retry = 0; ; retry++) {
      const reply = await send(headers, text, signal)
      if (reply.status < 400) return reply
      if (reply.status === 401) authorize.refused?.()
      const seconds = retryAfter(reply)
      if (seconds === undefined || seconds > MAX_RETRY_AFTER || retry >= MAX_RETRIES) throw replyError(reply, method)
      await pause(seconds * 1_000, signal)
    }
  }

  /** Ends early, by throwing, when the caller or the client gives up. */
  function pause(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const either = signal ? AbortSignal.any([signal, disposed.signal]) : disposed.signal
      const aborted = () => {
        clearTimeout(timer)
        reject(either.reason)
      }
      const timer = setTimeout(() => {
        either.removeEventListener('abort', aborted)
        resolve()
      }, ms)
      if (either.aborted) aborted()
      else either.addEventListener('abort', aborted, { once: true })
    })
  }

  async function object<T>(reply: Promise<Reply>): Promise<T> {
    return JSON.parse((await reply).body.toString('utf8')) as T
  }

  const client: Client = {
    get(ref, key, { signal, metadataOnly } = {}) {
      const accept = metadataOnly ? accepts.object : json
      return object(request('GET', resourcePath(ref, key), undefined, signal, accept))
    },
    list<T extends KubeObject>(ref: Parameters<Client['list']>[0], list: ListOptions = {}) {
      const path = resourcePath(ref, list.namespace === undefined ? {} : { namespace: list.namespace })
      const accept = list.metadataOnly ? accepts.list : json
      return object<ObjectList<T>>(request('GET', path + listQuery(list), undefined, list.signal, accept))
    },
    async *watch(ref, watch = {}) {
      const path = resourcePath(ref, watch.namespace === undefined ? {} : { namespace: watch.namespace })
      yield* watchEvents({
        connection,
        headers: await headersFor(
          'GET',
          path + watchQuery(watch),
          undefined,
          watch.metadataOnly ? accepts.object : json,
          watch.signal,
        ),
        signal: watch.signal,
        refuse: reply => replyError(reply, 'GET'),
      })
    },
    create(ref, content, { key, subresource, dryRun, fieldManager, signal } = {}) {
      const namespace = key?.namespace ?? content.metadata?.namespace
      const target = {
        ...(namespace === undefined ? {} : { namespace }),
        ...(subresource === undefined ? {} : { name: key?.name ?? content.metadata?.name ?? '' }),
      }
      const path = resourcePath(ref, target, subresource) + writeQuery({ dryRun, fieldManager })
      return object(request('POST', path, { content }, signal))
    },
    update(ref, content, { subresource, dryRun, fieldManager, signal } = {}) {
      const { namespace, name = '' } = content.metadata ?? {}
      const key = namespace === undefined ? { name } : { namespace, name }
      const path = resourcePath(ref, key, subresource) + writeQuery({ dryRun, fieldManager })
      return object(request('PUT', path, { content }, signal))
    },
    patch(ref, key, type, content, { subresource, dryRun, fieldManager, force, signal } = {}) {
      const path = resourcePath(ref, key, subresource) + writeQuery({ dryRun, fieldManager, force })
      return object(request('PATCH', path, { content, type: contentTypes[type] }, signal))
    },
    async delete(ref, key, { signal, ...deleteOptions } = {}) {
      const content = { kind: 'DeleteOptions', apiVersion: 'v1', ...deleteOptions }
      await request('DELETE', resourcePath(ref, key), { content }, signal)
    },
    async deleteCollection(ref, { signal, namespace, labelSelector = '', fieldSelector = '', ...deleteOptions } = {}) {
      const content = { kind: 'DeleteOptions', apiVersion: 'v1', ...deleteOptions }
      const path = resourcePath(ref, namespace === undefined ? {} : { namespace })
      await request('DELETE', path + listQuery({ labelSelector, fieldSelector }), { content }, signal)
    },
    async raw(method, path, body, { accept, signal } = {}) {
      const headers = await headersFor(method, path, body === undefined ? undefined : json, accept, signal)
      const reply = await send(headers, body === undefined ? undefined : JSON.stringify(body), signal)
      return { status: reply.status, body: reply.body }
    },
    async [Symbol.asyncDispose]() {
      disposed.abort(new ConnectionError('the client is closed'))
    },
  }
  return client
}

function writeQuery(options: {
  dryRun?: boolean | undefined
  fieldManager?: string | undefined
  force?: boolean | undefined
}): string {
  return query({
    dryRun: options.dryRun ? 'All' : undefined,
    fieldManager: options.fieldManager,
    force: options.force,
  })
}
