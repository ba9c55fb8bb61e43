import type { BodyWriter } from '../front/exchange.ts'
import type { RequestContext } from '../handlers/request-context.ts'
import { setApiHeaders } from '../handlers/respond.ts'
import { PrettyWriter } from '../printing/index.ts'
import { ChunkedBody } from './chunked-body.ts'
import { beginLate, gzipFrom, isCompressed, setCompressed } from './compression.ts'
import type { Page } from './list.ts'
import type { Representation } from './representation.ts'
import type { Rest } from './rest.ts'

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
  const writer = await beginLate(exchange, () => {
    setApiHeaders(context)
    return exchange.begin(200, form.contentType)
  })
  return new ChunkedBody(new PrettyWriter(writer, rest.chunks, rest.turns, () => exchange.cut()), rest.chunks)
}

async function beginBody(context: RequestContext, form: Representation, size: number): Promise<BodyWriter> {
  if (isCompressed(context.exchange, size)) {
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
  setCompressed(exchange)
  return exchange.begin(200, form.contentType)
}
