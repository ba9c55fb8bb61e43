import {
  constants,
  type IncomingHttpHeaders,
  type IncomingHttpStatusHeader,
  type OutgoingHttpHeaders,
} from 'node:http2'
import type { WatchEvent } from '../contract.ts'
import { abandonable } from './abandonable.ts'
import type { Connection } from './connection.ts'
import { brokenStream, openStream, type Reply } from './exchange.ts'
import { createLineSplitter } from './lines.ts'

export interface WatchRequest {
  connection: Connection
  headers: OutgoingHttpHeaders
  signal: AbortSignal | undefined
  /** Makes the error to throw from an answer other than 200. */
  refuse(reply: Reply): Error
}

/**
 * Events of one watch request. Ends when the server closes the stream or the signal aborts; throws what `refuse` made,
 * or a ConnectionError. A reader that is slow holds one stream window of bytes; then the server waits.
 */
export async function* watchEvents<T>(request: WatchRequest): AsyncGenerator<WatchEvent<T>, void, undefined> {
  const { connection, headers, signal, refuse } = request
  if (signal?.aborted) return
  const session = await abandonable(connection.session(), signal)
  if (session === undefined) return
  const stream = openStream(session, headers, true)
  const aborted = () => {
    stream.close(constants.NGHTTP2_CANCEL)
    // closing waits until the peer can be told
    stream.destroy()
  }
  signal?.addEventListener('abort', aborted, { once: true })
  let answer: IncomingHttpHeaders & IncomingHttpStatusHeader = {}
  let code: number | undefined
  stream.once('response', received => {
    answer = received
  })
  const split = createLineSplitter()
  const refusal: Buffer[] = []
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      if (answer[':status'] !== 200) refusal.push(chunk)
      else for (const line of split(chunk)) yield JSON.parse(line) as WatchEvent<T>
    }
    code = stream.rstCode // before the clean-up below sets one
  } catch (error) {
    if (signal?.aborted) return
    if (error instanceof SyntaxError) throw error
    throw brokenStream(stream, headers, error)
  } finally {
    signal?.removeEventListener('abort', aborted)
    stream.on('error', () => undefined) // after the reader has left nobody asks
    stream.close(constants.NGHTTP2_CANCEL)
  }
  if (signal?.aborted) return
  const status = answer[':status']
  if (status === undefined || code !== constants.NGHTTP2_NO_ERROR) throw brokenStream(stream, headers, undefined)
  if (status !== 200) throw refuse({ status, headers: answer, body: Buffer.concat(refusal) })
}
