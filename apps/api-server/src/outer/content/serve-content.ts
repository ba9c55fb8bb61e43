import { randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { Request, Response } from 'express'
import { acceptsGzip } from '../../resources/compression.ts'
import { isOfRange, judge } from './preconditions.ts'
import { type Range, readRanges } from './ranges.ts'

export interface Content {
  readonly type: string
  readonly body: string | Uint8Array
  /** Since when it is as it is, ms. */
  readonly modified: number
  /** Compressed for who asks, as upstream's handler for it does. */
  readonly compressed?: boolean
}

/** Below this gzip is not worth it there. */
const gzipFrom = 1_400
/** Each part is told in 150 bytes, and asked for in four: for more of them the answer is the whole. */
const mostParts = 1_000
const compress = promisify(gzip)

/**
 * Answers with a content, or the parts of it that are asked for, as Go's `http.ServeContent`: conditions, single and several ranges, 416. The ETag stands in the answer
 * already, where there is one. https://pkg.go.dev/net/http#ServeContent
 */
export async function serveContent(request: Request, response: Response, content: Content): Promise<void> {
  const { method, headers } = request
  const etag = String(response.getHeader('etag') ?? '')
  const validators = { etag, modified: Math.floor(content.modified / 1000) }
  response.setHeader('content-type', content.type)
  response.setHeader('last-modified', new Date(content.modified).toUTCString())
  const judgement = judge(method, headers, validators)
  if (judgement === 'not modified') {
    response.removeHeader('content-type')
    if (etag !== '') response.removeHeader('last-modified')
    return end(response, 304)
  }
  if (judgement === 'precondition failed') return end(response, 412)
  const { range } = headers
  if (!range || !isOfRange(method, headers, validators)) return send(request, response, 200, content, content.body)
  const bytes = bytesOf(content.body)
  const ranges = readRanges(range, bytes.length)
  if (typeof ranges === 'string') {
    if (ranges !== 'invalid range') response.setHeader('content-range', `bytes */${bytes.length}`)
    for (const name of ['etag', 'last-modified']) response.removeHeader(name)
    response.setHeader('cache-control', 'no-cache, private')
    response.setHeader('content-type', 'text/plain; charset=utf-8')
    response.setHeader('x-content-type-options', 'nosniff')
    return end(response, 416, `${ranges}\n`)
  }
  const [first] = ranges
  // who asks for more than there is gets it once
  const asked = ranges.reduce((sum, { length }) => sum + length, 0)
  if (first === undefined || asked > bytes.length || ranges.length > mostParts)
    return send(request, response, 200, content, bytes)
  if (ranges.length > 1) return send(request, response, 206, content, inParts(response, content.type, bytes, ranges))
  response.setHeader('content-range', contentRange(first, bytes))
  return send(request, response, 206, content, partOf(bytes, first))
}

const bytesOf = (body: string | Uint8Array) =>
  typeof body === 'string' ? Buffer.from(body) : Buffer.from(body.buffer, body.byteOffset, body.byteLength)

const partOf = (bytes: Buffer, { start, length }: Range) => bytes.subarray(start, start + length)
const contentRange = ({ start, length }: Range, bytes: Buffer) => `bytes ${start}-${start + length - 1}/${bytes.length}`

/** RFC 9110, 14.6. */
function inParts(response: Response, type: string, bytes: Buffer, ranges: readonly Range[]): Buffer {
  const boundary = randomBytes(30).toString('hex')
  response.setHeader('content-type', `multipart/byteranges; boundary=${boundary}`)
  const parts = ranges.flatMap((range, i) => [
    Buffer.from(
      `${i === 0 ? '' : '\r\n'}--${boundary}\r\nContent-Range: ${contentRange(range, bytes)}\r\nContent-Type: ${type}\r\n\r\n`,
    ),
    partOf(bytes, range),
  ])
  return Buffer.concat([...parts, Buffer.from(`\r\n--${boundary}--\r\n`)])
}

async function send(
  { method, headers }: Request,
  response: Response,
  status: number,
  { compressed }: Content,
  body: string | Uint8Array,
): Promise<void> {
  response.setHeader('accept-ranges', 'bytes')
  const packs = compressed && method !== 'HEAD' && body.length >= gzipFrom && acceptsGzip(headers['accept-encoding'])
  if (!packs) return end(response, status, body)
  const packed = await compress(body, { level: 1 })
  response.setHeader('content-encoding', 'gzip')
  return end(response, status, packed)
}

function end(response: Response, status: number, body: string | Uint8Array = ''): void {
  response.statusCode = status
  response.end(body)
}
