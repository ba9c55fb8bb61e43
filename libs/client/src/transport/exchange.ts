import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  constants,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from 'node:http2'
import { http2Request } from '@kubets/component'
import { ConnectionError, describeCause } from './errors.ts'

/** A complete answer. */
export interface Reply {
  status: number
  headers: IncomingHttpHeaders
  body: Buffer
}

export interface ExchangeOptions {
  body?: string | Buffer | undefined
  signal?: AbortSignal | undefined
  /** Milliseconds until the whole answer must have arrived. */
  timeout: number
}

const EMPTY = Buffer.alloc(0)

/** One request and its whole answer on a session. Throws {@link ConnectionError}, or the signal's reason. */
export function exchange(
  session: ClientHttp2Session,
  headers: OutgoingHttpHeaders,
  options: ExchangeOptions,
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const { signal, body } = options
    if (signal?.aborted) return reject(signal.reason)
    const stream = openStream(session, headers, body === undefined)
    let status = 0
    let answer: IncomingHttpHeaders = {}
    let first: Buffer = EMPTY
    let rest: Buffer[] | undefined
    let failure: unknown
    let timer: NodeJS.Timeout | undefined
    let settled = false

    const cancel = (reason: unknown) => {
      failure = reason
      stream.close(constants.NGHTTP2_CANCEL)
      finish()
      reject(reason)
    }
    const aborted = () => cancel(signal?.reason)
    const finish = () => {
      settled = true
      clearTimeout(timer)
      signal?.removeEventListener('abort', aborted)
    }
    timer = setTimeout(() => {
      cancel(new ConnectionError(`no answer to ${headers[':method']} ${headers[':path']} in ${options.timeout} ms`))
    }, options.timeout)
    signal?.addEventListener('abort', aborted, { once: true })

    stream.on('response', received => {
      answer = received
      status = received[':status'] ?? 0
    })
    stream.on('data', (chunk: Buffer) => {
      if (first === EMPTY) first = chunk
      else if (rest === undefined) rest = [first, chunk]
      else rest.push(chunk)
    })
    stream.on('end', () => {
      if (status === 0) return // 'close' knows why
      finish()
      resolve({ status, headers: answer, body: rest === undefined ? first : Buffer.concat(rest) })
    })
    stream.on('error', error => {
      failure ??= error
    })
    stream.on('close', () => {
      if (settled) return // every stream ends here; making an error for each would cost more than the request
      finish()
      reject(failure instanceof ConnectionError ? failure : brokenStream(stream, headers, failure))
    })
    if (body !== undefined) stream.end(body)
  })
}

/** Opens a stream; a session that is on its way out counts as a refusal, so that the caller takes the next one. */
export function openStream(
  session: ClientHttp2Session,
  headers: OutgoingHttpHeaders,
  endStream: boolean,
): ClientHttp2Stream {
  // Node 24.21 gives back a stream all the same, which says only later that nothing was sent
  if (session.closed || session.destroyed) throw new ConnectionError('the connection is closing', { refused: true })
  try {
    return http2Request(session, headers, { endStream })
  } catch (cause) {
    throw new ConnectionError(`the connection is closing: ${describeCause(cause)}`, { cause, refused: true })
  }
}

export function brokenStream(stream: ClientHttp2Stream, headers: OutgoingHttpHeaders, cause: unknown): ConnectionError {
  const refused = stream.rstCode === constants.NGHTTP2_REFUSED_STREAM
  const why = cause === undefined ? `stream closed with code ${stream.rstCode}` : describeCause(cause)
  return new ConnectionError(`${headers[':method']} ${headers[':path']}: connection lost: ${why}`, { cause, refused })
}
