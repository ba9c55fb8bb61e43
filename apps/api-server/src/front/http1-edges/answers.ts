import { type Edge, edge, ended, kept } from './edge.ts'
import { get, head, length, line, post } from './requests.ts'

const date = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/

const plain: readonly Edge[] = [
  edge('a date', get(line), kept(200), { headers: { date } }),
  edge('a date of a refused one', get('GET /nowhere HTTP/1.1'), kept(404), { headers: { date } }),
  edge('HEAD of /version', get('HEAD /version HTTP/1.1'), kept(405), { head: true }),
  edge('HEAD of /livez', get('HEAD /livez HTTP/1.1'), kept(200), { head: true, headers: { 'content-length': '2' } }),
  edge('HEAD of an object', get('HEAD /api/v1/namespaces/default HTTP/1.1'), kept(405), { head: true }),
  edge('HEAD of nowhere', get('HEAD /nowhere HTTP/1.1'), kept(404), {
    head: true,
    headers: { 'content-length': '19' },
  }),
  edge('HEAD of OpenAPI', get('HEAD /openapi/v2 HTTP/1.1'), kept(200), {
    head: true,
    headers: { 'content-length': /^\d{7}$/ },
  }),
  edge('HEAD over HTTP/1.0', head('HEAD /livez HTTP/1.0', 'Connection: keep-alive'), kept(200), { head: true }),
  edge('HEAD and a GET behind it', get('HEAD /nowhere HTTP/1.1') + get(line), kept(404, 200), { head: true }),
  edge('304 has no body', get('GET /openapi/v3/version HTTP/1.1', 'If-None-Match: *'), kept(304), {
    headers: { 'content-length': null, 'transfer-encoding': null, 'content-type': null },
  }),
  edge('Range is overlooked', get(line, 'Range: bytes=0-3'), kept(200)),
  edge('TE: trailers', get(line, 'TE: trailers'), kept(200)),
  edge('TE: chunked', get(line, 'TE: chunked;q=1, gzip'), kept(200), { headers: { 'transfer-encoding': null } }),
  edge('Content-Encoding is overlooked', post(['Content-Encoding: nothing', `Content-Length: ${length}`]), kept(201)),
  edge('no Allow beside 405', get('PUT /version HTTP/1.1'), kept(405), { headers: { allow: null } }),
  edge('Max-Forwards is overlooked', get('TRACE /version HTTP/1.1', 'Max-Forwards: 0'), kept(405)),
  edge('X-HTTP-Method-Override is overlooked', get(line, 'X-HTTP-Method-Override: DELETE'), kept(200)),
]

/** A refused request is told why in plain text, in Go's words. */
const refusal = (name: string, bytes: string, status: number, text: string) =>
  edge(name, bytes, ended(status), {
    text,
    headers: { connection: 'close', 'content-type': 'text/plain; charset=utf-8' },
  })

const refusals: readonly Edge[] = [
  refusal('a bad request', get('GET'), 400, '400 Bad Request'),
  refusal('no Host', head(line), 400, '400 Bad Request: missing required Host header'),
  refusal('a bad Host', head(line, 'Host: a/b'), 400, '400 Bad Request: malformed Host header'),
  refusal('two Hosts', get(line, 'Host: b'), 400, '400 Bad Request'),
  refusal('a bad name of a header', get(line, 'X-A : a'), 400, '400 Bad Request: invalid header name'),
  refusal('a bad value of a header', get(line, 'X-A: \0'), 400, '400 Bad Request'),
  refusal('too large a head', get(line, `X-A: ${'a'.repeat(1_060_000)}`), 431, '431 Request Header Fields Too Large'),
  refusal('a coding nobody knows', get(line, 'Transfer-Encoding: gzip'), 501, 'Unsupported transfer encoding'),
  refusal(
    'a version nobody knows',
    get('GET / HTTP/3.0'),
    505,
    '505 HTTP Version Not Supported: unsupported protocol version',
  ),
  edge('an expectation nobody knows', get(line, 'Expect: nothing'), ended(417), {
    text: '',
    headers: { connection: 'close', 'content-length': '0', date },
  }),
]

export const answers: readonly Edge[] = [...plain, ...refusals]
