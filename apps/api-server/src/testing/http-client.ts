import { connect as connectHttp2 } from 'node:http2'
import { Agent, request as httpsRequest } from 'node:https'
import type { Readable } from 'node:stream'

export interface Reply {
  readonly status: number
  readonly headers: NodeJS.Dict<string | string[]>
  readonly text: string
  /** The body as it came. */
  readonly bytes: Buffer
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly json: any
}

export interface StreamReply {
  readonly status: number
  readonly headers: NodeJS.Dict<string | string[]>
  readonly body: Readable
  close(): void
}

export interface RequestInit {
  body?: unknown
  headers?: Record<string, string | string[]>
}

/** One HTTP version's client: the same tests run over both. */
export interface HttpClient extends AsyncDisposable {
  readonly protocol: 'HTTP/1.1' | 'HTTP/2.0'
  /** Objects are sent as JSON, texts and buffers as they are. */
  request(method: string, path: string, init?: RequestInit): Promise<Reply>
  stream(method: string, path: string, init?: RequestInit): Promise<StreamReply>
}

export interface HttpClientOptions {
  port: number
  ca: string
  cert?: string
  key?: string
}

type Open = HttpClient['stream']

/** By events: Node's async iterator now and then calls an HTTP/2 stream that has ended and closed in the same turn broken. */
function gather(body: Readable): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    body.on('data', (chunk: Buffer) => chunks.push(chunk))
    body.once('end', () => resolve(Buffer.concat(chunks)))
    body.once('error', reject)
    body.once('close', () => reject(new Error('the answer broke off')))
  })
}

async function read(open: Open, method: string, path: string, init?: RequestInit): Promise<Reply> {
  const { status, headers, body } = await open(method, path, init)
  const bytes = await gather(body)
  const text = bytes.toString('utf8')
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    json = undefined
  }
  return { status, headers, text, bytes, json }
}

function encoded(init: RequestInit | undefined): {
  headers: Record<string, string | string[]>
  body: string | Buffer | undefined
} {
  const headers = { ...init?.headers }
  const body = init?.body
  if (body === undefined || typeof body === 'string' || Buffer.isBuffer(body)) return { headers, body }
  headers['content-type'] ??= 'application/json'
  return { headers, body: JSON.stringify(body) }
}

export function http1Client(options: HttpClientOptions): HttpClient {
  const agent = new Agent({ ...options, keepAlive: true, ALPNProtocols: ['http/1.1'] })
  const stream: Open = (method, path, init) =>
    new Promise((resolve, reject) => {
      const { headers, body } = encoded(init)
      const outgoing = httpsRequest({ host: '127.0.0.1', port: options.port, agent, method, path, headers }, response =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: response,
          close: () => response.destroy(),
        }),
      )
      outgoing.once('error', reject)
      outgoing.end(body)
    })
  return {
    protocol: 'HTTP/1.1',
    stream,
    request: (method, path, init) => read(stream, method, path, init),
    async [Symbol.asyncDispose]() {
      agent.destroy()
    },
  }
}

export async function http2Client(options: HttpClientOptions): Promise<HttpClient> {
  const session = connectHttp2(`https://127.0.0.1:${options.port}`, { ...options })
  session.on('error', () => {})
  await new Promise<void>((resolve, reject) => {
    session.once('connect', () => resolve())
    session.once('error', reject)
  })
  const stream: Open = (method, path, init) =>
    new Promise((resolve, reject) => {
      const { headers, body } = encoded(init)
      const outgoing = session.request(
        { ':method': method, ':path': path, ...headers },
        { endStream: body === undefined },
      )
      outgoing.once('response', got =>
        resolve({
          status: Number(got[':status']),
          headers: got as NodeJS.Dict<string | string[]>,
          body: outgoing,
          close: () => outgoing.close(),
        }),
      )
      outgoing.once('error', reject)
      outgoing.end(body)
    })
  return {
    protocol: 'HTTP/2.0',
    stream,
    request: (method, path, init) => read(stream, method, path, init),
    async [Symbol.asyncDispose]() {
      session.destroy()
    },
  }
}
