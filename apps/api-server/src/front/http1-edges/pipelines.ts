import { type Edge, edge, ended, fin, kept } from './edge.ts'
import { chunked, get, length, line, post, webSocket } from './requests.ts'

const watch = get('GET /api/v1/namespaces?watch=1&timeoutSeconds=1 HTTP/1.1')
const three = get(line) + get('GET /nowhere HTTP/1.1') + get('GET /livez/ping HTTP/1.1')
const many = (count: number) => Array.from({ length: count }, () => 200)

/** Requests are answered one after the other, and one that is bad spoils none before it. */
export const pipelines: readonly Edge[] = [
  edge('three', three, kept(200, 404, 200), { text: 'ok' }),
  edge('three and the end', [three, fin], ended(200, 404, 200), {
    alone: true,
    or: [ended(200, 404), ended(200), ended()],
  }),
  edge('500', get(line).repeat(500), kept(...many(500))),
  edge('5,000 that the server answers itself', get('OPTIONS * HTTP/1.1').repeat(5_000), kept(...many(5_000))),
  edge('5,000 to nowhere', get('GET /nowhere HTTP/1.1').repeat(5_000), kept(...many(5_000).map(() => 404))),
  edge('a write and a read', post([`Content-Length: ${length}`]) + get(line), kept(201, 200)),
  edge('a chunked write and a read', post(['Transfer-Encoding: chunked'], chunked()) + get(line), kept(201, 200)),
  edge('a read and a bad request', `${get(line)}x\r\n\r\n`, ended(200, 400)),
  edge('a write and a bad request', `${post([`Content-Length: ${length}`])}x\r\n\r\n`, ended(201, 400)),
  edge('a read, a badly chunked write', get(line) + post(['Transfer-Encoding: chunked'], 'x\r\n'), ended(200, 400)),
  edge('a read, one that ends, and a read', get(line) + get(line, 'Connection: close') + get(line), ended(200, 200)),
  edge('a read and half a request', [`${get(line)}GET /vers`, fin], ended(200, 400), { alone: true, or: [ended(200)] }),
  edge('one with a large answer and the end', [get('GET /openapi/v2 HTTP/1.1'), fin], ended(200), { alone: true }),
  edge('a read behind a watch', watch + get(line), kept(200, 200)),
  edge('a bad request behind a watch', `${watch}x\r\n\r\n`, ended(200, 400)),
  edge('an upgrade behind a watch', watch + get(line, ...webSocket), ended(200, 200)),
  edge('an upgrade behind a read', get(line) + get(line, ...webSocket), ended(200, 200)),
  // Go answers both: see `upgrades.ts`
  edge('a read behind an upgrade that is none', get(line, ...webSocket) + get(line), ended(200)),
  edge('a watch and the end', [watch, { answers: 1 }, fin], ended(200), { alone: true }),
]
