import { createSecureContext, type SecureContext, type TLSSocket } from 'node:tls'
import { AnswerReader } from './answer-reader.ts'
import { type Read, readingSocket } from './reading-socket.ts'
import type { Target } from './target.ts'

export interface Answer {
  readonly status: number
  /** Bytes of the body, as sent. */
  readonly bytes: number
  /** The body itself, where it was asked for. */
  readonly body: Buffer
}

/** Hears how one request ends. */
export interface Asker {
  /** `bytes`: of the body, as sent. The connection takes the next request at once. */
  answered(status: number, bytes: number): void
  failed(error: Error): void
}

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
  readonly #reader = new AnswerReader()
  #asker: Asker | undefined
  /** Of the present answer's body, where it is asked for. */
  #parts: Buffer[] | undefined
  /** Of an answer without end. */
  #onData: Read | undefined
  #onEnd: ((error: Error) => void) | undefined
  /** Why nothing can be asked any more. */
  #ended: Error | undefined

  private constructor(socket: TLSSocket) {
    this.#socket = socket
    socket.on('error', error => this.#fail(error))
    socket.on('close', () => this.#fail(this.#closed()))
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
        (memory, length) => connection?.received(memory, length),
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

  /** Bytes that have come, in memory that has others when it has returned. */
  received(memory: Buffer, length: number): void {
    if (this.#onData === undefined) this.#read(memory, length)
    else this.#onData(memory, length)
  }

  /** Sends one request. Who sends many does it by this: a promise and its closures for each would cost more than the reading of its answer. */
  send(bytes: Buffer, asker: Asker): void {
    this.#asker = asker
    if (this.#ended !== undefined) this.#fail(this.#ended)
    else this.#socket.write(bytes)
  }

  request(bytes: Buffer, body: 'keep' | 'drop' = 'drop'): Promise<Answer> {
    const parts: Buffer[] | undefined = body === 'keep' ? [] : undefined
    this.#parts = parts
    return new Promise((resolve, reject) => {
      this.send(bytes, {
        answered: (status, bytes) => resolve({ status, bytes, body: Buffer.concat(parts ?? []) }),
        failed: reject,
      })
    })
  }

  /**
   * Sends a request whose answer never ends; `onData` gets what comes, from the head on. `onEnd`: why it ended after all.
   */
  stream(bytes: Buffer, onData: Read, onEnd?: (error: Error) => void): void {
    this.#onData = onData
    this.#onEnd = onEnd
    if (this.#ended !== undefined) this.#fail(this.#ended)
    else this.#socket.write(bytes)
  }

  close(): void {
    this.#asker = undefined
    this.#onEnd = undefined
    this.#socket.destroy()
  }

  #read(memory: Buffer, length: number): void {
    const asker = this.#asker
    if (asker === undefined) {
      this.#socket.destroy(new Error('the server sent what nobody asked for'))
      return
    }
    const reader = this.#reader
    let ended: boolean
    try {
      ended = reader.read(memory, length)
    } catch (error) {
      this.#socket.destroy(error as Error)
      return
    }
    this.#parts?.push(Buffer.from(memory.subarray(reader.bodyAt, length)))
    if (!ended) return
    this.#asker = undefined
    this.#parts = undefined
    asker.answered(reader.status, reader.bytes)
  }

  #fail(error: Error): void {
    this.#ended ??= error
    const asker = this.#asker
    const onEnd = this.#onEnd
    this.#asker = undefined
    this.#onEnd = undefined
    asker?.failed(error)
    onEnd?.(error)
  }

  #closed(): Error {
    return new Error(`the server closed the connection${this.#reader.within ? ' in the middle of an answer' : ''}`)
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
