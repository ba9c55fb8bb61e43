import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { Agent, request } from 'node:https'

export interface Server {
  readonly name: string
  readonly port: number
}

export interface Answer {
  status: number
  // biome-ignore lint/suspicious/noExplicitAny: answers have every shape
  body: any
}

/** The connection was refused: the request was surely not sent. */
export class NotSentError extends Error {
  override readonly name = 'NotSentError'
}

/** Longer than the api-server waits for its store. */
const patience = 25_000

/** One client's connections. */
export class Http implements Disposable {
  readonly #agent: Agent

  constructor(tls: { ca: string; cert: string; key: string }) {
    this.#agent = new Agent({ ...tls, keepAlive: true, ALPNProtocols: ['http/1.1'] })
  }

  /** @throws NotSentError; any other error says nothing about what happened. */
  async send(server: Server, method: string, path: string, body?: unknown, type?: string): Promise<Answer> {
    const response = await this.open(server, method, path, { body, type, timeout: patience })
    const chunks: Buffer[] = []
    for await (const chunk of response) chunks.push(chunk as Buffer)
    if (!response.complete) throw new Error('the answer broke off')
    const text = Buffer.concat(chunks).toString()
    return { status: response.statusCode ?? 0, body: text === '' ? undefined : JSON.parse(text) }
  }

  async open(
    { port }: Server,
    method: string,
    path: string,
    options: { body?: unknown; type?: string | undefined; timeout?: number; signal?: AbortSignal } = {},
  ): Promise<IncomingMessage> {
    const { body, type = 'application/json', timeout = 0, signal } = options
    const text = body === undefined ? undefined : JSON.stringify(body)
    const outgoing = request({
      host: '127.0.0.1',
      port,
      agent: this.#agent,
      method,
      path,
      timeout,
      ...(signal === undefined ? {} : { signal }),
      // the length is said for DELETE too: Node would send its body without any frame
      headers: text === undefined ? {} : { 'content-type': type, 'content-length': Buffer.byteLength(text) },
    })
    outgoing.on('timeout', () => outgoing.destroy(new Error('no answer in time')))
    outgoing.end(text)
    try {
      const [response] = (await once(outgoing, 'response')) as [IncomingMessage]
      return response
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ECONNREFUSED') throw new NotSentError('connection refused')
      throw error
    }
  }

  [Symbol.dispose](): void {
    this.#agent.destroy()
  }
}
