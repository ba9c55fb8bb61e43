import type { BodyWriter, Exchange } from '../front/exchange.ts'
import type { RequestContext } from '../handlers/request-context.ts'
import { setApiHeaders } from '../handlers/respond.ts'
import { ChunkedBody } from './chunked-body.ts'
import type { Representation } from './representation.ts'
import type { Rest } from './rest.ts'

/** Below this many bytes gzip costs more than it saves (upstream's figure). */
const gzipFrom = 128 * 1024

/** Begins a list of about `size` bytes, compressed where that pays. */
export async function beginList(
  rest: Rest,
  context: RequestContext,
  form: Representation,
  size: number,
): Promise<ChunkedBody> {
  const { exchange } = context
  setApiHeaders(context)
  const compress = size > gzipFrom && acceptsGzip(exchange.headers['accept-encoding'])
  if (compress) {
    exchange.setHeader('content-encoding', 'gzip')
    exchange.setHeader('vary', 'Accept-Encoding')
  }
  return new ChunkedBody(await open(exchange, form, compress ? 'gzip' : 'identity'), rest.chunks)
}

export function acceptsGzip(header: string | string[] | undefined): boolean {
  return typeof header === 'string' && /\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))/.test(header)
}

async function open(exchange: Exchange, form: Representation, encoding: 'gzip' | 'identity'): Promise<BodyWriter> {
  if (encoding === 'identity') return exchange.begin(200, form.contentType)
  const { gzipWriter } = await import('./gzip-writer.ts')
  return gzipWriter(exchange.begin(200, form.contentType), exchange)
}
