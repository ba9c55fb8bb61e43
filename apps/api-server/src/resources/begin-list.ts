import type { BodyWriter } from '../front/exchange.ts'
import type { RequestContext } from '../handlers/request-context.ts'
import { setApiHeaders } from '../handlers/respond.ts'
import { PrettyWriter } from '../printing/index.ts'
import { ChunkedBody } from './chunked-body.ts'
import type { Page } from './list.ts'
import type { Representation } from './representation.ts'
import type { Rest } from './rest.ts'

/** Below this many bytes gzip costs more than it saves (upstream's figure). */
const gzipFrom = 128 * 1024

/** Whether a list of these bytes is compressed for this client. */
export const isCompressed = ({ exchange }: RequestContext, size: number): boolean =>
  size > gzipFrom && acceptsGzip(exchange.headers['accept-encoding'])

/** About what a page takes; not counted further than {@link isCompressed} wants to know. */
export function roughSize(page: Page): number {
  let size = 0
  for (const { entries } of page.stretches ?? [page])
    for (const one of entries) {
      if (one.unreadable !== undefined) throw one.unreadable
      size += one.size
      if (size > gzipFrom) return size
    }
  return size
}

/** Whether a page has so many entries. */
export function hasAtLeast(count: number, page: Page): boolean {
  let left = count
  for (const { entries } of page.stretches ?? [page]) {
    left -= entries.length
    if (left <= 0) return true
  }
  return false
}

/** Begins a list of about `size` bytes, compressed where that pays. */
export async function beginList(
  rest: Rest,
  context: RequestContext,
  form: Representation,
  size: number,
  printed: 'for people' | 'for programs' = 'for programs',
): Promise<ChunkedBody> {
  const { exchange } = context
  const writer = await beginBody(context, form, size)
  if (printed === 'for programs') return new ChunkedBody(writer, rest.chunks)
  return new ChunkedBody(new PrettyWriter(writer, rest.chunks, rest.turns, () => exchange.cut()), rest.chunks)
}

async function beginBody(context: RequestContext, form: Representation, size: number): Promise<BodyWriter> {
  if (isCompressed(context, size)) {
    const { gzipWriter } = await import('./gzip-writer.ts')
    return gzipWriter(beginCompressed(context, form), context.exchange)
  }
  setApiHeaders(context)
  return context.exchange.begin(200, form.contentType)
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
