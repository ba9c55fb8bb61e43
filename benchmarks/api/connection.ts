import { createSecureContext, type SecureContext, type TLSSocket } from 'node:tls'
import { readingSocket } from './reading-socket.ts'
import type { Target } from './target.ts'

export interface Answer {
  readonly status: number
  /** Bytes of the body, as sent. */
  readonly bytes: number
  /** The body itself, where it was asked for. */
  readonly body: Buffer
}

const headEnd = Buffer.from('\r\n\r\n')
const chunkedEnd = '0\r\n\r\n'

/** Reading certificates and key takes a fifth of a millisecond: for thousands of connections the clients would be what is measured. */
const contexts = new WeakMap<Target, SecureContext>()

function contextFor(target: Target): SecureContext {
  const known = contexts.get(target)
  if (known !== undefined) return known
  const { ca, cert, key } = target
  const made = createSecureContext({ ca, ...(cert === undefined ? {} : { cert, key }) })
  contexts.set(target, made)
  return made
}

/**
 * One HTTP/1.1 connection that takes a request ready to send and gives its answer. It does as little as a client can: on two cores
 * the generator shares the machine with what it measures.
 */
export class Connection {
  readonly #socket: TLSSocket
  #answered: ((answer: Answer) => void) | undefined
  #failed: ((error: Error) => void) | undefined
  #parts: Buffer[] = []
  #size = 0
  /** Bytes of the present answer, once its head is read; -1: chunked. */
  #wanted: number | undefined
  #status = 0
  #headSize = 0
  #keep = false
  /** The last bytes of a chunked body. */
  #tail = ''
  #take: (chunk: Buffer) => void = chunk => this.#read(chunk)

  private constructor(socket: TLSSocket) {
    this.#socket = socket
    const fail = (error: Error) => this.#failed?.(error)
    socket.on('error', fail)
    socket.on('close', () => fail(new Error('the server closed the connection')))
  }

  static open(target: Target): Promise<Connection> {
    return new Promise((resolve, reject) => {
      let connection: Connection | undefined
      const socket = readingSocket(
        {
          host: target.host,
          port: target.port,
          secureContext: contextFor(target),
          ALPNProtocols: ['http/1.1'],
          servername: 'localhost',
          checkServerIdentity: () => undefined,
        },
        chunk => connection?.received(chunk),
      )
      socket.setNoDelay(true)
      socket.once('error', reject)
      socket.once('secureConnect', () => {
        socket.off('error', reject)
        connection = new Connection(socket)
        resolve(connection)
      })
    })
  }

  /** Bytes that have come, which are others when it has returned. */
  received(chunk: Buffer): void {
    this.#take(chunk)
  }

  request(bytes: Buffer, body: 'keep' | 'drop' = 'drop'): Promise<Answer> {
    this.#keep = body === 'keep'
    return new Promise((resolve, reject) => {
      this.#answered = resolve
      this.#failed = reject
      if (this.#socket.destroyed) reject(new Error('the server has closed the connection'))
      else this.#socket.write(bytes)
    })
  }

  /**
   * Sends a request whose answer never ends; `onData` gets what comes, from the head on: bytes that are others when it has returned. `onEnd`: why it ended
   * after all.
   */
  stream(bytes: Buffer, onData: (chunk: Buffer) => void, onEnd?: (error: Error) => void): void {
    this.#failed = onEnd
    if (this.#socket.destroyed) onEnd?.(new Error('the server has closed the connection'))
    this.#take = onData
    this.#socket.write(bytes)
  }

  close(): void {
    this.#failed = undefined
    this.#socket.destroy()
  }

  #read(chunk: Buffer): void {
    this.#size += chunk.length
    if (this.#wanted === undefined && !this.#readHead(chunk)) {
      this.#parts.push(Buffer.from(chunk))
      return
    }
    if (this.#keep) this.#parts.push(Buffer.from(chunk))
    const ofBody = this.#size - this.#headSize
    if (this.#wanted === -1) {
      // the end of a chunked body: its last bytes say so
      const last = Math.min(chunk.length, ofBody, chunkedEnd.length)
      this.#tail = (this.#tail + chunk.toString('latin1', chunk.length - last)).slice(-chunkedEnd.length)
      if (this.#tail !== chunkedEnd) return
    } else if (ofBody < (this.#wanted ?? 0)) return
    this.#finish()
  }

  #readHead(chunk: Buffer): boolean {
    const so_far = this.#parts.length === 0 ? chunk : Buffer.concat([...this.#parts, chunk])
    const end = so_far.indexOf(headEnd)
    if (end === -1) return false
    const head = so_far.toString('latin1', 0, end).toLowerCase()
    this.#status = Number(head.slice(9, 12))
    this.#headSize = end + headEnd.length
    const length = /\r\ncontent-length: *(\d+)/.exec(head)?.[1]
    this.#wanted = length === undefined ? -1 : Number(length)
    this.#tail = ''
    return true
  }

  #finish(): void {
    const answered = this.#answered
    const body = this.#keep ? Buffer.concat(this.#parts).subarray(this.#headSize) : Buffer.alloc(0)
    const answer = { status: this.#status, bytes: this.#size - this.#headSize, body }
    this.#parts = []
    this.#size = 0
    this.#wanted = undefined
    this.#failed = undefined
    answered?.(answer)
  }
}

export interface RequestLine {
  readonly method: string
  readonly path: string
  readonly accept?: string
  readonly contentType?: string
  readonly token?: string | undefined
}

/** The bytes of one request. */
export function requestBytes({ method, path, accept, contentType, token }: RequestLine, body?: Buffer): Buffer {
  const head = [
    `${method} ${path} HTTP/1.1`,
    'host: localhost',
    'user-agent: bench/1.0 (linux/amd64) kubets',
    `accept: ${accept ?? 'application/json'}`,
    ...(token === undefined ? [] : [`authorization: Bearer ${token}`]),
    ...(body === undefined
      ? []
      : [`content-type: ${contentType ?? 'application/json'}`, `content-length: ${body.length}`]),
    '\r\n',
  ].join('\r\n')
  return body === undefined ? Buffer.from(head) : Buffer.concat([Buffer.from(head), body])
}
