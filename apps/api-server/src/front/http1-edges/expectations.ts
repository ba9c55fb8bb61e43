import { type Edge, edge, ended, kept } from './edge.ts'
import { body, chunked, get, head, length, line, post, read, writeLine } from './requests.ts'

const sized = `Content-Length: ${length}`
const expects = 'Expect: 100-continue'
const closes = { headers: { connection: 'close' } } as const
/** The answer that comes before the body is the last one: whether the body follows is not known. */
const refused = (name: string, request: string, status: number, also = {}) =>
  edge(`100-continue, ${name}`, [request, { answers: 1 }], ended(status), { ...closes, ...also })

/** A body is asked for when it is read: who is refused before is not told to go on. */
export const expectations: readonly Edge[] = [
  edge(
    '100-continue, the body comes when asked for',
    [post([sized, expects], ''), { answers: 1 }, body],
    kept(100, 201),
    read,
  ),
  edge(
    '100-continue, chunked',
    [post(['Transfer-Encoding: chunked', expects], ''), { answers: 1 }, chunked()],
    kept(100, 201),
    read,
  ),
  edge('100-continue, the body comes at once', post([sized, expects]), kept(100, 201), { ...read, or: [kept(201)] }),
  edge('100-Continue', [post([sized, 'Expect: 100-Continue'], ''), { answers: 1 }, body], kept(100, 201), read),
  edge('100-continue twice', [post([sized, expects, expects], ''), { answers: 1 }, body], kept(100, 201), read),
  edge('100-continue in a list', [post([sized, 'Expect: 100-continue, x'], ''), { answers: 1 }, body], kept(100, 201), {
    ...read,
    or: [ended(417)],
  }),
  edge('100-continue without a body', get(line, expects), kept(200)),
  edge('100-continue and Content-Length: 0', get(line, expects, 'Content-Length: 0'), kept(200)),
  edge(
    '100-continue over HTTP/1.0',
    head(writeLine.replace('1.1', '1.0'), 'Connection: keep-alive', 'Content-Type: application/json', sized, expects) +
      body,
    kept(201),
    read,
  ),
  refused('a body that nobody reads', get(line, expects, 'Content-Length: 4'), 200),
  refused('of a HEAD', get('HEAD /livez HTTP/1.1', expects, 'Content-Length: 4'), 200, { head: true }),
  refused(
    'refused with 401',
    get(writeLine, 'Authorization: Bearer nobody', 'Content-Type: application/json', sized, expects),
    401,
    { stranger: true },
  ),
  refused('refused with 404', get('POST /nowhere HTTP/1.1', sized, expects), 404),
  refused('refused with 415', get(writeLine, 'Content-Type: text/plain', sized, expects), 415),
  // Go asks for it, and reads all of it; here who tells of more than is ever read over is told at once
  refused('refused with 413', post([`Content-Length: ${7 * 1024 * 1024}`, expects], ''), 413),
  // Go takes it for 100-continue
  refused('within a phrase', get(line, 'Expect: y 100-continue', 'Content-Length: 4'), 417, { or: [ended(200)] }),
  edge(
    '100-continue, a body that nobody reads comes at once',
    `${get(line, expects, 'Content-Length: 4')}abcd`,
    ended(200),
    closes,
  ),
  edge(
    '100-continue, a body that nobody reads looks like a request',
    get(line, expects, `Content-Length: ${get(line).length}`) + get(line),
    ended(200),
    closes,
  ),
  edge('nobody knows it', get(line, 'Expect: nothing'), ended(417), closes),
  edge('nobody knows it, with a body', post([sized, 'Expect: nothing']), ended(417), closes),
  edge('nobody knows it, over HTTP/1.0', head('GET /version HTTP/1.0', 'Expect: nothing'), ended(417), {
    or: [ended(200)],
  }),
  edge('empty', get(line, 'Expect:'), kept(200)),
]
