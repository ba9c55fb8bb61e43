import type { IncomingMessage, RequestOptions } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { answerUpgrade, type PlainAnswer } from '../http/answer.ts'
import { dialMessage } from '../http/dial-message.ts'
import { splice } from './splice.ts'
import { dial, forwardedHeaders, type ProxyTarget } from './target.ts'

const { request: httpRequest, STATUS_CODES } = process.getBuiltinModule('node:http')

export interface ProxyUpgradeOptions {
  /** The three arguments of a server's `upgrade` event. */
  readonly request: IncomingMessage
  readonly socket: Duplex
  readonly head: Buffer
  readonly target: ProxyTarget
  /** Answers for a backend that cannot be reached, or breaks before it has answered; the message is upstream's. Default: 502 and the message as plain text. */
  readonly onFailure?: (error: Error) => PlainAnswer
  /** Aborts when the proxy stops: both connections are cut. */
  readonly signal?: AbortSignal
}

/**
 * Passes an HTTP/1.1 upgrade on to a backend. When it agrees (101) the two connections become one, raw bytes both ways with back-pressure and half-close;
 * a refusal (400 and above) reaches the client whole, as an ordinary response. Resolves when both connections are gone; never rejects.
 */
export async function proxyUpgrade(options: ProxyUpgradeOptions): Promise<void> {
  const { request, head, target } = options
  const client = options.socket as Socket
  client.on('error', () => undefined)
  const gone = new AbortController()
  const abort = () => gone.abort()
  client.once('close', abort)
  options.signal?.addEventListener('abort', abort, { once: true })
  if (options.signal?.aborted || client.destroyed) abort()
  let backend: Socket | undefined
  const cut = () => {
    client.destroy()
    backend?.destroy()
  }
  options.signal?.addEventListener('abort', cut, { once: true })
  try {
    backend = await dial(target, gone.signal).catch(error => {
      throw new Error(`error dialing backend: ${error.message}`, { cause: error })
    })
    await exchange(client, head, request, target, backend, gone.signal)
  } catch (error) {
    backend?.destroy()
    const why = dialMessage(error)
    const problem = new Error(why === 'EOF' ? 'unexpected EOF' : why, { cause: error })
    answerUpgrade(client, options.onFailure?.(problem) ?? { status: 502, body: `${problem.message}\n` })
  } finally {
    client.off('close', abort)
    options.signal?.removeEventListener('abort', abort)
    options.signal?.removeEventListener('abort', cut)
  }
}

/** Sends the request; resolves when everything is over, rejects when the backend breaks before it has answered. */
async function exchange(
  client: Socket,
  head: Buffer,
  request: IncomingMessage,
  target: ProxyTarget,
  backend: Socket,
  signal: AbortSignal,
): Promise<void> {
  const url = new URL(target.url)
  const headers = forwardedHeaders(request.headersDistinct, target, true)
  if (request.method !== 'GET') headers.push(['Content-Length', '0'])
  const outgoing = httpRequest({
    method: request.method ?? 'GET',
    path: url.pathname + url.search,
    headers: headers.flat(),
    setHost: false,
    createConnection: () => backend,
  } as RequestOptions)
  const answered = Promise.withResolvers<void>()
  // until the backend has answered; from then on a client that closes is the splice's affair
  const giveUp = () => outgoing.destroy(new Error('the client has gone away'))
  signal.addEventListener('abort', giveUp, { once: true })
  outgoing.on('error', answered.reject)
  outgoing.on('upgrade', (response: IncomingMessage, upgraded: Socket, rest: Buffer) => {
    signal.removeEventListener('abort', giveUp)
    client.write(headText(response, response.rawHeaders))
    if (rest.length > 0) client.write(rest)
    if (head.length > 0) upgraded.write(head)
    splice(client, upgraded).then(answered.resolve, answered.reject)
  })
  outgoing.on('response', (response: IncomingMessage) => {
    const status = response.statusCode ?? 0
    // an answer to another question than the client's
    if (status < 400) {
      response.destroy()
      answered.reject(new Error(`invalid upgrade response: status code ${status}`))
      return
    }
    passResponse(client, response, signal).then(answered.resolve, answered.reject)
  })
  outgoing.end()
  await answered.promise
}

/** An answer that is no upgrade: its body as it comes, ended by the end of the connection unless its length is known. `signal`: the client has gone. */
async function passResponse(client: Socket, response: IncomingMessage, signal: AbortSignal): Promise<void> {
  const kept: string[] = []
  for (let i = 0; i + 1 < response.rawHeaders.length; i += 2) {
    const name = response.rawHeaders[i] ?? ''
    if (!/^(connection|keep-alive|transfer-encoding)$/i.test(name)) kept.push(name, response.rawHeaders[i + 1] ?? '')
  }
  client.write(headText(response, [...kept, 'Connection', 'close']))
  // nothing that it sends is wanted any more, but without a reader it would not be heard of that it has gone
  client.resume()
  await new Promise<void>(resolve => {
    client.once('finish', resolve)
    signal.addEventListener('abort', () => resolve(), { once: true })
    if (signal.aborted) resolve()
    // broken half-way: it must not look whole
    response.once('error', () => client.destroy())
    // `pipeline` adds five listeners for the client's end to the six and more that are there, and Node takes ten for a leak
    response.pipe(client)
  })
  response.destroy()
  if (client.readableEnded) client.destroy()
  const timer = setTimeout(() => client.destroy(), 5_000).unref()
  client.once('end', () => client.destroy())
  client.once('close', () => clearTimeout(timer))
}

function headText(response: IncomingMessage, headers: readonly string[]): string {
  const status = response.statusCode ?? 502
  let text = `HTTP/1.1 ${status} ${response.statusMessage || STATUS_CODES[status] || ''}\r\n`
  for (let i = 0; i + 1 < headers.length; i += 2) text += `${headers[i]}: ${headers[i + 1]}\r\n`
  return `${text}\r\n`
}
