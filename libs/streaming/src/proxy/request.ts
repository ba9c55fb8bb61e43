import type { IncomingMessage, RequestOptions } from 'node:http'
import type { Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { PlainAnswer } from '../http/answer.ts'
import { dialMessage } from '../http/dial-message.ts'
import type { ProxiedAt } from './links.ts'
import { throughProxy } from './pages.ts'
import { dial, forwardedHeaders, type ProxyTarget } from './target.ts'

const { request: httpRequest } = process.getBuiltinModule('node:http')

/** The answer's side: `http.ServerResponse` and `http2.Http2ServerResponse` both are one. */
export interface ProxyResponse extends Writable {
  writeHead(status: number, headers: Record<string, string | string[]>): unknown
}

export interface ProxyRequestOptions {
  readonly method: string
  readonly headers: Readonly<NodeJS.Dict<string | readonly string[]>>
  /** The request's body, where it has one. */
  readonly body?: Readable
  readonly response: ProxyResponse
  readonly target: ProxyTarget
  /** Answers for a backend that cannot be reached, or breaks before it has answered; the message is in Go's words. Default: 502 and the message as plain text. */
  readonly onFailure?: (error: Error) => PlainAnswer
  /** The client has gone, though it may still hear of it. */
  readonly signal?: AbortSignal
  /** Given: the answer is for a browser, and its links and redirects are made to lead through here. */
  readonly proxiedAt?: ProxiedAt
}

/**
 * Passes a request on and streams the answer back as it comes (logs with follow), with back-pressure. A client that leaves ends the backend's
 * request. A backend that breaks half-way breaks the answer, so that it does not look whole. Never rejects.
 */
export async function proxyRequest(options: ProxyRequestOptions): Promise<void> {
  const { response, target } = options
  const gone = new AbortController()
  const abort = () => gone.abort()
  response.once('close', abort)
  options.signal?.addEventListener('abort', abort, { once: true })
  if (options.signal?.aborted || response.destroyed) abort()
  let started = false
  try {
    const backend = await dial(target, gone.signal)
    const url = new URL(target.url)
    const headers = forwardedHeaders(options.headers, target, false)
    const known = headers.some(([name]) => name.toLowerCase() === 'content-length')
    if (options.body && !known) headers.push(['Transfer-Encoding', 'chunked'])
    if (!options.body && !known && options.method !== 'GET' && options.method !== 'HEAD')
      headers.push(['Content-Length', '0'])
    const outgoing = httpRequest({
      method: options.method,
      path: url.pathname + url.search,
      headers: [...headers, ['Connection', 'close']].flat(),
      setHost: false,
      createConnection: () => backend,
      signal: gone.signal,
    } as RequestOptions)
    const incoming = await new Promise<IncomingMessage>((resolve, reject) => {
      outgoing.on('error', reject)
      outgoing.once('response', resolve)
      if (options.body) pipeline(options.body, outgoing).catch(reject)
      else outgoing.end()
    })
    started = true
    const { headers: told, changes } = throughProxy(endToEnd(incoming), options.proxiedAt)
    response.writeHead(incoming.statusCode ?? 502, told)
    await pipeline([incoming, ...changes, response])
  } catch (error) {
    if (started || response.destroyed) response.destroy()
    else {
      const problem = new Error(gone.signal.aborted ? 'context canceled' : dialMessage(error), { cause: error })
      const answer = options.onFailure?.(problem) ?? { status: 502, body: `${problem.message}\n` }
      const headers = (answer.headers ?? {}) as Record<string, string>
      response.writeHead(answer.status, { 'content-type': 'text/plain; charset=utf-8', ...headers })
      response.end(answer.body)
    }
  } finally {
    response.off('close', abort)
    options.signal?.removeEventListener('abort', abort)
  }
}

function endToEnd(incoming: IncomingMessage): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {}
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (value === undefined || /^(connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade)$/.test(name))
      continue
    headers[name] = value
  }
  return headers
}
