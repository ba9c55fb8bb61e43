import type { Entry } from '@kubets/storage'
import type { BodyWriter } from '../front/exchange.ts'
import type { RequestContext } from '../handlers/request-context.ts'
import { setApiHeaders } from '../handlers/respond.ts'
import { ChunkedBody } from './chunked-body.ts'
import type { Representation } from './representation.ts'
import type { Rest } from './rest.ts'

/** Below this many bytes gzip costs more than it saves (upstream's figure). */
const gzipFrom = 128 * 1024

/** Whether a list of these bytes is compressed for this client. */
export const isCompressed = ({ exchange }: RequestContext, size: number): boolean =>
  size > gzipFrom && acceptsGzip(exchange.headers['accept-encoding'])

/** About what a list of these takes; not counted further than {@link isCompressed} wants to know. */
export function roughSize(entries: readonly Entry[]): number {
  let size = 0
  for (const one of entries) {
    if (one.unreadable !== undefined) throw one.unreadable
    size += one.size
    if (size > gzipFrom) break
  }
  return size
}

/** Begins a list of about `size` bytes, compressed where that pays. */
export async function beginList(
  rest: Rest,
  context: RequestContext,
  form: Representation,
  size: number,
): Promise<ChunkedBody> {
  if (!isCompressed(context, size)) {
    setApiHeaders(context)
    return new ChunkedBody(context.exchange.begin(200, form.contentType), rest.chunks)
  }
  const { gzipWriter } = await import('./gzip-writer.ts')
  return new ChunkedBody(gzipWriter(beginCompressed(context, form), context.exchange), rest.chunks)
}

/** Begins a list whose bytes come compressed. */
export function beginCompressed(context: RequestContext, form: Representation): BodyWriter {
  const { exchange } = context
  setApiHeaders(context)
  exchange.setHeader('content-encoding', 'gzip')
  exchange.setHeader('vary', 'Accept-Encoding')
  return exchange.begin(200, form.contentType)
}

export function acceptsGzip(header: string | string[] | undefined): boolean {
  return typeof header === 'string' && /\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))/.test(header)
}
