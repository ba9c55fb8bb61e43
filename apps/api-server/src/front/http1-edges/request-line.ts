import { type Edge, edge, ended, fin, kept, orSilence } from './edge.ts'
import { body, chunked, get, head, length, line, post, read, writeLine } from './requests.ts'

const methods: readonly Edge[] = [
  edge('a GET', get(line), kept(200)),
  edge('a method in lower case', get('get /version HTTP/1.1'), kept(405)),
  edge('a method nobody knows', get('FOO /version HTTP/1.1'), kept(405)),
  edge('a method nobody knows, of an object', get('FOO /api/v1/namespaces/default HTTP/1.1'), kept(405)),
  edge('a method of 300 letters', get(`${'A'.repeat(300)} /version HTTP/1.1`), kept(405)),
  edge('a method of all token characters', get("!#$%&'*+-.^_`|~aZ09 /version HTTP/1.1"), kept(405)),
  ...['PUT', 'DELETE', 'TRACE', 'PATCH', 'QUERY', 'PROPFIND', 'M-SEARCH', 'SOURCE', 'PRI', 'DESCRIBE'].map(method =>
    edge(`the method ${method} where only GET is served`, get(`${method} /version HTTP/1.1`), kept(405)),
  ),
  edge('an empty method', get(' /version HTTP/1.1'), ended(400)),
  edge('a method with a parenthesis', get('GE(T /version HTTP/1.1'), ended(400)),
  edge('a method with a NUL', get('GE\0T /version HTTP/1.1'), ended(400)),
  edge('a method with a colon', get('GE:T /version HTTP/1.1'), ended(400)),
  edge('a method not of ASCII', get('G\xc9T /version HTTP/1.1'), ended(400)),
]

const whiteSpace: readonly Edge[] = [
  edge('two spaces before the target', get('GET  /version HTTP/1.1'), ended(400)),
  edge('two spaces behind the target', get('GET /version  HTTP/1.1'), ended(400)),
  edge('a tab before the target', get('GET\t/version HTTP/1.1'), ended(400)),
  edge('a tab behind the target', get('GET /version\tHTTP/1.1'), ended(400)),
  edge('a space behind the version', get('GET /version HTTP/1.1 '), ended(400)),
  edge('a space before the method', get(' GET /version HTTP/1.1'), ended(400)),
  edge('a CR within the line', get('GET /ver\rsion HTTP/1.1'), ended(400)),
  edge('a CR behind the method', get('GET\r/version HTTP/1.1'), ended(400)),
]

const version = (text: string) => get(`GET /version ${text}`)
const keepAlive = { headers: { connection: 'keep-alive' } } as const

const versions: readonly Edge[] = [
  edge('no version', get('GET /version'), ended(400)),
  edge('no version and no headers, as HTTP/0.9', 'GET /version\r\n', ended(400)),
  edge('a method alone', get('GET'), ended(400)),
  edge('an answer in place of a request', get('HTTP/1.1 200 OK'), ended(400)),
  edge('HTTP/1.2', version('HTTP/1.2'), kept(200)),
  edge('HTTP/1.9', version('HTTP/1.9'), kept(200)),
  ...['HTTP/0.9', 'HTTP/2.0', 'HTTP/3.0'].map(other => edge(other, version(other), ended(505))),
  ...['HTTP/2', 'HTTP/1', 'HTTP/1.', 'HTTP/.1', 'HTTP/1.10', 'HTTP/01.1', 'HTTP/1,1', 'HTTP/+1.1', 'HTTP/1.1x'].map(
    bad => edge(bad, version(bad), ended(400)),
  ),
  ...['http/1.1', 'HTTPS/1.1', 'HTTP /1.1', 'HTTP/ 1.1', 'RTSP/1.0', 'ICE/1.0', '1.1'].map(bad =>
    edge(bad, version(bad), ended(400)),
  ),
  edge('HTTP/1.0', head('GET /version HTTP/1.0'), ended(200), { headers: { connection: null }, version: 'HTTP/1.0' }),
  edge('HTTP/1.0 with a Host', version('HTTP/1.0'), ended(200), { version: 'HTTP/1.0' }),
  edge('HTTP/1.0, keep-alive', head('GET /version HTTP/1.0', 'Connection: keep-alive'), kept(200), keepAlive),
  edge('HTTP/1.0, Keep-Alive', head('GET /version HTTP/1.0', 'Connection: Keep-Alive'), kept(200), keepAlive),
  // RFC 9112, 9.3: close comes first; Go goes on
  edge('HTTP/1.0, keep-alive and close', head('GET /version HTTP/1.0', 'Connection: keep-alive, close'), ended(200)),
  edge(
    'HTTP/1.0, keep-alive, an answer of no known length',
    head('GET /api/v1/namespaces?watch=1&timeoutSeconds=1 HTTP/1.0', 'Connection: keep-alive'),
    ended(200),
    { headers: { 'transfer-encoding': null, 'content-length': null }, text: /^\{"type":"ADDED"/ },
  ),
  edge(
    'HTTP/1.0 with a body',
    head(
      writeLine.replace('1.1', '1.0'),
      'Content-Type: application/json',
      `Content-Length: ${length}`,
      'Connection: keep-alive',
    ) + body,
    kept(201),
    read,
  ),
]

const posted = post([`Content-Length: ${length}`])

/** RFC 9112, 2.2: a server should overlook an empty line before a request. Go does so behind a POST (two at most), and refuses it elsewhere. */
const emptyLines: readonly Edge[] = [
  edge('an empty line before the first request', `\r\n${get(line)}`, ended(400), { or: [kept(200)] }),
  edge('two empty lines before the first request', `\r\n\r\n${get(line)}`, ended(400), { or: [kept(200)] }),
  edge('an empty line between two requests', `${get(line)}\r\n${get(line)}`, ended(200, 400), { or: [kept(200, 200)] }),
  edge('an empty line behind a POST', `${posted}\r\n${get(line)}`, kept(201, 200)),
  edge('two empty lines behind a POST', `${posted}\r\n\r\n${get(line)}`, kept(201, 200)),
  edge(
    'an empty line behind a chunked POST',
    `${post(['Transfer-Encoding: chunked'], chunked())}\r\n${get(line)}`,
    kept(201, 200),
  ),
  edge('an empty line behind a POST that is answered', [posted, { answers: 1 }, `\r\n${get(line)}`], kept(201, 200)),
  edge('1,000 empty lines', `${'\r\n'.repeat(1_000)}${get(line)}`, ended(400)),
  edge('an LF before the first request', `\n${get(line)}`, ended(400)),
  edge('a CR before the first request', `\r${get(line)}`, ended(400)),
]

/** A lone LF is the end of a line to Go. What stands in front of it may see one line where Go sees two, so none is here. */
const lineEnds: readonly Edge[] = [
  edge('LF as the end of all lines', get(line).replaceAll('\r\n', '\n'), ended(400)),
  edge('LF as the end of the request line', get(line).replace('\r\n', '\n'), ended(400)),
  edge('LF in place of the empty line', get(line).replace('\r\n\r\n', '\r\n\n'), ended(400)),
  edge('CR as the end of the request line', get(line).replace('\r\n', '\r'), ended(400)),
  edge('CR as the end of all lines', get(line).replaceAll('\r\n', '\r'), ended(400)),
  edge('two CRs and an LF as the end of the request line', get(line).replace('\r\n', '\r\r\n'), ended(400)),
  edge('CR in place of the empty line', get(line).replace('\r\n\r\n', '\r\n\r'), ended(400)),
  edge('LF CR in place of CR LF', get(line).replaceAll('\r\n', '\n\r'), ended(400)),
]

/** Half a request is told to be a bad one, as in Go; nobody is served. Behind a whole one, the end of the client is that of its requests: whoever is quick is answered. */
const halves: readonly Edge[] = [
  edge('half a request line and the end', ['GET /vers', fin], ended(400), { alone: true, ...orSilence }),
  edge('a request line and the end', [`${line}\r\n`, fin], ended(400), { alone: true, ...orSilence }),
  edge('half a header and the end', [`${line}\r\nHost: a\r\nx`, fin], ended(400), { alone: true, ...orSilence }),
  edge('all but the empty line and the end', [`${line}\r\nHost: a\r\n`, fin], ended(400), {
    alone: true,
    or: [ended()],
  }),
  edge('nothing and the end', [fin], ended(), { alone: true }),
  edge('a bad request for a head', get('HEAD /%zz HTTP/1.1'), ended(400), { head: true, text: '' }),
  edge('a request and the end', [get(line), fin], ended(200), { alone: true, ...orSilence }),
  edge('bytes of a TLS handshake', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n', ended(400)),
]

export const requestLine: readonly Edge[] = [
  ...methods,
  ...whiteSpace,
  ...versions,
  ...emptyLines,
  ...lineEnds,
  ...halves,
]
