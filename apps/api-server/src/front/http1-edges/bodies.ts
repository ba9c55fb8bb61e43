import { type Edge, edge, ended, fin, kept } from './edge.ts'
import { body, chunk, chunked, get, line, post, writeLine } from './requests.ts'

const other = get('GET /nowhere HTTP/1.1')
const mebibytes = (count: number) => count * 1024 * 1024
const none = 'DELETE /api/v1/namespaces/default/configmaps/none HTTP/1.1'

/** What nobody asked for is read over, up to 256 KiB in Go, and the connection goes on. */
export const bodies: readonly Edge[] = [
  edge('of a GET', `${get(line, 'Content-Length: 4')}abcd`, kept(200)),
  edge('of a GET, chunked', get(line, 'Transfer-Encoding: chunked') + chunked('abcd'), kept(200)),
  edge('of a GET that looks like a request', get(line, `Content-Length: ${other.length}`) + other, kept(200)),
  edge(
    'of a GET that looks like a request, chunked',
    get(line, 'Transfer-Encoding: chunked') + chunked(other),
    kept(200),
  ),
  edge('of a GET of 200,000 bytes', get(line, 'Content-Length: 200000') + 'a'.repeat(200_000), kept(200)),
  edge('of a GET of 300,000 bytes', get(line, 'Content-Length: 300000') + 'a'.repeat(300_000), ended(200), {
    or: [kept(200)],
  }),
  edge('of a HEAD', `${get('HEAD /version HTTP/1.1', 'Content-Length: 4')}abcd`, kept(405), { head: true }),
  edge('of a DELETE', `${get(none, 'Content-Length: 2', 'Content-Type: application/json')}{}`, kept(404)),
  edge('of a DELETE, empty and chunked', `${get(none, 'Transfer-Encoding: chunked')}0\r\n\r\n`, kept(404)),
  edge('of an OPTIONS', `${get('OPTIONS /version HTTP/1.1', 'Content-Length: 4')}abcd`, kept(405)),
  edge('of a method nobody knows', `${get('FOO /version HTTP/1.1', 'Content-Length: 4')}abcd`, kept(405)),
  edge('of a POST to nowhere', `${get('POST /nowhere HTTP/1.1', 'Content-Length: 4')}abcd`, kept(404)),
  edge(
    'of a POST to nowhere, chunked',
    get('POST /nowhere HTTP/1.1', 'Transfer-Encoding: chunked') + chunked('abcd'),
    kept(404),
  ),
  edge(
    'of a POST to nowhere, badly chunked',
    `${get('POST /nowhere HTTP/1.1', 'Transfer-Encoding: chunked')}x\r\nabcd\r\n0\r\n\r\n`,
    ended(404),
    {
      or: [ended(400)],
    },
  ),
  edge(
    'of a POST by nobody',
    [get(writeLine, 'Authorization: Bearer nobody', `Content-Length: ${body.length}`) + body, { answers: 1 }, fin],
    ended(401),
    { stranger: true, alone: true, headers: { connection: null } },
  ),
  edge('of a type nobody reads', `${get(writeLine, 'Content-Type: text/plain', 'Content-Length: 4')}abcd`, kept(415)),
  // the limit is 3 MiB; a little more is read over
  edge('of 4 MiB', post([`Content-Length: ${mebibytes(4)}`], body.padEnd(mebibytes(4))), ended(413), {
    or: [kept(413)],
  }),
  edge('of 4 MiB, chunked', post(['Transfer-Encoding: chunked'], chunked(body.padEnd(mebibytes(4)))), ended(413), {
    or: [kept(413)],
  }),
  edge(
    'of 4 MiB in chunks of 1,000',
    post(['Transfer-Encoding: chunked'], `${chunk(body.padEnd(1000)).repeat(4 * 1049)}0\r\n\r\n`),
    ended(413),
    {
      or: [kept(413)],
    },
  ),
]
