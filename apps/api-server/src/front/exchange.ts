import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { TLSSocket } from 'node:tls'
import type { StreamHandle } from './stream-handle.ts'

/**
 * One request and its answer, whichever HTTP version carries it. The handler chain knows only this; `http1.ts` and
 * `http2.ts` make it from Node's objects.
 */
export interface Exchange {
  readonly method: string
  /** Path and query as sent. */
  readonly target: string
  readonly protocol: 'HTTP/1.1' | 'HTTP/2.0'
  readonly headers: IncomingHttpHeaders
  /** The values of a header (in lower case) that may be sent several times, each by itself. */
  headerValues(name: string): string[]
  /** The connection: identity of the client certificate is cached by it. */
  readonly connection: TLSSocket
  /** The request says who asks: its connection is no stranger's any more. */
  authenticated(user: string): void
  /** An answer has begun: errors can only cut the connection now. */
  readonly responded: boolean
  /** The client went away before the answer was complete. */
  readonly closed: boolean
  /** What the answer's status line said; 0 before. */
  readonly status: number
  /** Told the status when the answer begins. */
  onBegin: ((status: number) => void) | undefined
  /** Bytes of body handed over so far. */
  readonly bytesSent: number
  /** Reads the whole body. Throws {@link BodyTooLargeError} above `limit` bytes, {@link MalformedBodyError}, {@link ClientGoneError} when the client ends early. */
  readBody(limit: number): Promise<Buffer>
  /** Sent with the answer. */
  setHeader(name: string, value: string | string[]): void
  getHeader(name: string): string | string[] | undefined
  /** The whole answer at once. */
  respond(status: number, contentType: string, body: Uint8Array | string): void
  /** Begins an answer of unknown length. */
  begin(status: number, contentType: string): BodyWriter
  /** The same for one of thousands that are written to at once, mostly little. */
  beginEvents(status: number, contentType: string): BodyWriter
  /** Breaks the answer off: the client sees a broken stream, not an orderly end. */
  cut(): void
  /** Called once, when the answer is complete or the client went away. */
  onClose(callback: () => void): void
  /**
   * Called when the client ends its side of the connection before its answer is complete. For whoever waits for others on its behalf it has gone, as for Go, though
   * it may still read. Of HTTP/2, whose requests end their side in any case, that is never told.
   */
  onHangUp(callback: () => void): void
  /** The client asked to change protocols on the connection (HTTP/1.1 only). */
  readonly canUpgrade: boolean
  /** Hands the bare connection over. Final: the taker answers (101) and ends it. */
  takeConnection(): Takeover
}

/** What Node's `upgrade` event tells: the request, the bare connection, and what was already read of it. */
export interface Takeover {
  readonly request: IncomingMessage
  readonly socket: TLSSocket
  readonly head: Buffer
}

/** Bytes that frame a chunk of a body, on either side of it. */
export const frameRoom = 16

/** The body of a streamed answer. */
export interface BodyWriter {
  /** False when the reader is slow: wait for {@link drained}. `sent` is called when the chunk may be used again. */
  write(chunk: Uint8Array | string, sent?: () => void): boolean
  /**
   * The same for a part of some memory of which {@link frameRoom} bytes before it and behind it are free: what frames it is written there, and nothing is copied once more.
   * Without it: {@link write} does as well.
   */
  writeFramed?(memory: Buffer, from: number, to: number, sent: () => void): boolean
  /** Resolves when there is room again, or when the client is gone. */
  drained(): Promise<void>
  /** Bytes accepted and not yet sent. */
  readonly buffered: number
  readonly closed: boolean
  end(): void
  /** Where it can be written to past itself, together with others. */
  readonly shared?: SharedBody
}

/** What is written to many bodies at once: the same bytes to each, of which none of them is told. */
export interface SharedBytes {
  /** How many there have been. */
  readonly written: number
}

/** A body that is one of many to which the same is written. */
export interface SharedBody {
  readonly handle: StreamHandle
  readonly buffered: number
  /** From now on what is written to all of them is written to it. */
  join(bytes: SharedBytes): void
  /** Counts what has been written so far: what it is told of as sent by the next bytes is that, too. */
  settle(): void
  /** Nothing more is, but `more` bytes were that are not counted yet. */
  leave(more: number): void
  write(chunk: Uint8Array): boolean
}

export class BodyTooLargeError extends Error {
  override readonly name = 'BodyTooLargeError'
  readonly limit: number
  constructor(limit: number) {
    super(`limit is ${limit}`)
    this.limit = limit
  }
}

/** A body that ends too soon, or whose chunks are none. The message is for whoever sent it. */
export class MalformedBodyError extends Error {
  override readonly name = 'MalformedBodyError'
}

export class ClientGoneError extends Error {
  override readonly name = 'ClientGoneError'
  constructor() {
    super('the client went away before its request was complete')
  }
}
