import { Agent, request as httpsRequest } from 'node:https'
import type { Peer } from '../peers/index.ts'

export interface Request {
  method: string
  /** With its query. */
  path: string
  headers?: Readonly<Record<string, string>>
  /** Objects go as JSON, texts and bytes as they are. */
  body?: unknown
  /** A watch: the connection is cut after this many lines, or after four seconds. */
  frames?: number
}

export interface Answer {
  /** 0 when the connection broke. */
  status: number
  headers: NodeJS.Dict<string | string[]>
  body: Buffer
}

const patience = 15_000
const watchPatience = 4_000

/** Sends requests to one peer over kept connections. */
export class Exchange implements AsyncDisposable {
  readonly peer: Peer
  readonly #agent: Agent

  constructor(peer: Peer) {
    this.peer = peer
    this.#agent = new Agent({ keepAlive: true, ca: peer.ca, maxSockets: 16 })
  }

  send(request: Request): Promise<Answer> {
    return new Promise(resolve => {
      const { headers, body } = encoded(request)
      const outgoing = httpsRequest({
        host: this.peer.address,
        port: this.peer.port,
        agent: this.#agent,
        method: request.method,
        path: request.path,
        headers: { authorization: `Bearer ${this.peer.token}`, 'user-agent': 'differential', ...headers },
      })
      const broken = (error: Error) => resolve({ status: 0, headers: {}, body: Buffer.from(error.message) })
      const timer = setTimeout(() => outgoing.destroy(new Error('no answer in time')), patience)
      outgoing.once('error', error => {
        clearTimeout(timer)
        broken(error)
      })
      outgoing.once('response', answer => {
        const chunks: Buffer[] = []
        const done = () => {
          clearTimeout(timer)
          clearTimeout(watching)
          resolve({
            status: answer.statusCode ?? 0,
            headers: answer.headers,
            body: firstLines(Buffer.concat(chunks), request.frames),
          })
        }
        const cut = () => {
          done()
          outgoing.destroy()
        }
        const watching = request.frames === undefined ? undefined : setTimeout(cut, watchPatience)
        answer.on('data', (chunk: Buffer) => {
          chunks.push(chunk)
          if (request.frames !== undefined && linesOf(chunks) >= request.frames) cut()
        })
        answer.once('end', done)
        answer.once('error', done)
      })
      outgoing.end(body)
    })
  }

  async [Symbol.asyncDispose]() {
    this.#agent.destroy()
  }
}

function linesOf(chunks: readonly Buffer[]): number {
  let lines = 0
  for (const chunk of chunks) for (const byte of chunk) if (byte === 10) lines++
  return lines
}

/** What came with the last line that was waited for is chance. */
function firstLines(body: Buffer, lines: number | undefined): Buffer {
  if (lines === undefined) return body
  let end = -1
  for (let i = 0; i < lines; i++) {
    end = body.indexOf(10, end + 1)
    if (end < 0) return body
  }
  return body.subarray(0, end + 1)
}

function encoded({ headers, body }: Request): {
  headers: Record<string, string | number>
  body: string | Buffer | undefined
} {
  if (body === undefined) return { headers: { ...headers }, body }
  const bytes = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body)
  return {
    headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(bytes), ...headers },
    body: bytes,
  }
}
