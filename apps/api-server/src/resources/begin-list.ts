import type { BodyWriter } from '../front/exchange.ts'
import type { RequestContext } from '../handlers/request-context.ts'
import { setApiHeaders } from '../handlers/respond.ts'
import { PrettyWriter } from '../printing/index.ts'
import { ChunkedBody } from './chunked-body.ts'
import { LateGzip } from './late-gzip.ts'
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

/** Begins a list of about `size` bytes, compressed where that pays. What is printed for people is longer than what is kept: its own bytes are counted. */
export async function beginList(
  rest: Rest,
  context: RequestContext,
  form: Representation,
  size: number,
  printed: 'for people' | 'for programs' = 'for programs',
): Promise<ChunkedBody> {
  const { exchange } = context
  if (printed === 'for programs') return new ChunkedBody(await beginBody(context, form, size), rest.chunks)
  const writer = await beginPrinted(context, form)
  return new ChunkedBody(new PrettyWriter(writer, rest.chunks, rest.turns, () => exchange.cut()), rest.chunks)
}

async function beginPrinted(context: RequestContext, form: Representation): Promise<BodyWriter> {
  const { exchange } = context
  const plain = () => {
    setApiHeaders(context)
    return exchange.begin(200, form.contentType)
  }
  if (!acceptsGzip(exchange.headers['accept-encoding'])) return plain()
  const { gzipWriter } = await import('./gzip-writer.ts')
  const compressed = () => gzipWriter(beginCompressed(context, form), exchange)
  return new LateGzip({ from: gzipFrom, plain, compressed, gone: () => exchange.closed })
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
