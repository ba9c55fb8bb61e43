import type { BodyWriter, Exchange } from '../front/exchange.ts'
import { LateGzip } from './late-gzip.ts'

/** Answers of more bytes than these are compressed for who asks: below, gzip costs more than it saves (upstream's figure). */
export const gzipFrom: number = 128 * 1024

export function acceptsGzip(header: string | string[] | undefined): boolean {
  return typeof header === 'string' && /\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))/.test(header)
}

/** Whether an answer of so many bytes is compressed for this client. */
export const isCompressed = ({ headers }: Exchange, size: number): boolean =>
  size > gzipFrom && acceptsGzip(headers['accept-encoding'])

/** The answer comes compressed. */
export function setCompressed(exchange: Pick<Exchange, 'getHeader' | 'setHeader'>): void {
  exchange.setHeader('content-encoding', 'gzip')
  const vary = exchange.getHeader('vary')
  exchange.setHeader('vary', vary === undefined ? 'Accept-Encoding' : [vary, 'Accept-Encoding'].flat())
}

/** How many bytes a body has; of a short text, about. */
export const lengthOf = (body: Uint8Array | string): number =>
  typeof body === 'string' && body.length > gzipFrom / 3 ? Buffer.byteLength(body) : body.length

/** Answers with a whole document, compressed in the thread pool at the fastest level (upstream's too). */
export async function respondCompressed(
  exchange: Exchange,
  status: number,
  type: string,
  body: Uint8Array | string,
): Promise<void> {
  // its memory is the caller's again after this turn
  const bytes = Buffer.from(body)
  const { gzip } = await import('node:zlib')
  const packed = await new Promise<Buffer>((resolve, reject) =>
    gzip(bytes, { level: 1, chunkSize: 64 * 1024 }, (error, result) => (error ? reject(error) : resolve(result))),
  )
  // its time may be over, and that said
  if (exchange.responded || exchange.closed) return
  setCompressed(exchange)
  exchange.respond(status, type, packed)
}

/** Begins an answer of which only its bytes tell whether it is long. */
export async function beginLate(exchange: Exchange, begin: () => BodyWriter): Promise<BodyWriter> {
  if (!acceptsGzip(exchange.headers['accept-encoding'])) return begin()
  const { gzipWriter } = await import('./gzip-writer.ts')
  const compressed = () => {
    setCompressed(exchange)
    return gzipWriter(begin(), exchange)
  }
  return new LateGzip({ from: gzipFrom, plain: begin, compressed, gone: () => exchange.closed })
}
