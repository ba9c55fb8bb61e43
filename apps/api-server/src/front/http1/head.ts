import type { IncomingHttpHeaders } from 'node:http'
import { headersOf, own } from './headers.ts'
import { targetOf } from './target.ts'

/** The line and the headers of a request. */
export interface RequestHead {
  readonly method: string
  /** Path and query, as HTTP/2 has them. */
  readonly target: string
  /** 1.1, or a later one, which is answered as 1.1; or 1.0, whose clients know neither chunks nor, unless they say so, a second request. */
  readonly minor: 0 | 1
  /** Names and values in turn, as sent. */
  readonly raw: readonly string[]
  readonly headers: IncomingHttpHeaders
}

/** What is no request, or none that may be answered. */
export class BadRequest extends Error {
  override readonly name = 'BadRequest'
  readonly status: number
  readonly body: string | undefined
  /** `message`: what the client is told beside the status, if anything; `body`: in place of both. */
  constructor(status: number, message = '', body?: string) {
    super(message)
    this.status = status
    this.body = body
  }
}

const token = /^[!#$%&'*+\-.^_`|~\dA-Za-z]+$/
/** Names that were looked at: clients send the same ones. */
const tokens = new Set<string>()
const mostTokens = 256
/** Of control characters there are only tabs; CR and LF come together, at the end of a line. */
const lines = /^[\t -~\x80-\xff]*(?:\r\n[\t -~\x80-\xff]*)*$/
const requestLine = /^([^ ]+) ([^ \t]+) HTTP\/(\d)\.(\d)$/

/**
 * Reads a request's head: all before the empty line, as latin1. Strict where two readers could understand it differently (RFC 9112, 2.2, 3.2, 5.1, 5.2): a bare CR or LF, a line
 * that is folded, white space before a colon.
 *
 * @param mostHeaders Beyond it: 431.
 * @throws {@link BadRequest}
 */
export function parseHead(text: string, mostHeaders: number): RequestHead {
  if (!lines.test(text)) throw new BadRequest(400)
  let end = text.indexOf('\r\n')
  const line = requestLine.exec(end === -1 ? text : text.slice(0, end))
  if (line === null) throw new BadRequest(400)
  const [, method = '', target = '', major, minor] = line
  if (!isToken(method)) throw new BadRequest(400)
  if (major !== '1') throw new BadRequest(505, 'unsupported protocol version')
  const raw: string[] = []
  while (end !== -1) {
    const start = end + 2
    end = text.indexOf('\r\n', start)
    const stop = end === -1 ? text.length : end
    const colon = text.indexOf(':', start)
    if (colon === -1 || colon >= stop) throw new BadRequest(400)
    const name = text.slice(start, colon)
    if (!isToken(name))
      throw new BadRequest(400, name.includes(' ') && !name.startsWith(' ') ? 'invalid header name' : '')
    if (raw.length >= 2 * mostHeaders) throw new BadRequest(431)
    raw.push(name, trimmed(text, colon + 1, stop))
  }
  return { method, target: targetOf(target), minor: minor === '0' ? 0 : 1, raw, headers: headersOf(raw) }
}

function isToken(name: string): boolean {
  if (tokens.has(name)) return true
  if (!token.test(name)) return false
  if (tokens.size < mostTokens && name.length < 64) tokens.add(own(name))
  return true
}

const tab = 0x09
const space = 0x20

/** Without the white space around it. */
function trimmed(text: string, from: number, to: number): string {
  let [start, end] = [from, to]
  while (start < end && isBlank(text.charCodeAt(start))) start++
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--
  return text.slice(start, end)
}

const isBlank = (code: number) => code === space || code === tab
