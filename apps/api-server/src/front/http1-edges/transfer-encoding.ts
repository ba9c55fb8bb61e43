import { type Edge, edge, ended, kept } from './edge.ts'
import { body, chunked, get, head, length, line, post, read, writeLine } from './requests.ts'

const encoded = (...fields: string[]) => post(fields, chunked())
const coding = (...values: string[]) => encoded(...values.map(value => `Transfer-Encoding: ${value}`))
/** Go knows one field, and one word in it. */
const unknown = (name: string, ...values: string[]) => edge(name, coding(...values), ended(501))

const codings: readonly Edge[] = [
  edge('chunked', coding('chunked'), kept(201), read),
  edge('chunked in capitals', encoded('TRANSFER-ENCODING: CHUNKED'), kept(201), read),
  edge('chunked with white space around', coding('\t chunked \t'), kept(201), read),
  unknown('chunked twice', 'chunked', 'chunked'),
  unknown('a list of chunked twice', 'chunked, chunked'),
  unknown('a list with an empty part', ', chunked'),
  unknown('a list that ends with a comma', 'chunked,'),
  unknown('gzip, chunked', 'gzip, chunked'),
  unknown('gzip and chunked in two fields', 'gzip', 'chunked'),
  unknown('chunked, gzip', 'chunked, gzip'),
  unknown('gzip', 'gzip'),
  unknown('identity', 'identity'),
  unknown('identity, chunked', 'identity, chunked'),
  unknown('chunked, identity', 'chunked, identity'),
  unknown('chunked and identity in two fields', 'chunked', 'identity'),
  unknown('identity and chunked in two fields', 'identity', 'chunked'),
  unknown('xchunked', 'xchunked'),
  unknown('chunkedx', 'chunkedx'),
  unknown('chunked and a word', 'chunked x'),
  unknown('chunked with a parameter', 'chunked;q=1'),
  unknown('chunked with a semicolon', 'chunked;'),
  unknown('chunked in quotes', '"chunked"'),
  unknown('empty', ''),
  unknown('empty, then chunked', '', 'chunked'),
  unknown('chunked, then empty', 'chunked', ''),
  unknown('not of ASCII', '\xc3\xa7hunked'),
  unknown('a Kelvin sign in place of the k', 'chun\xe2\x84\xaaed'),
  edge('a vertical tab before chunked', coding('\x0bchunked'), ended(400)),
  edge('a NUL behind chunked', coding('chunked\0'), ended(400)),
  edge(
    'with an underscore is another field',
    post(['Transfer_Encoding: chunked', `Content-Length: ${length}`]),
    kept(201),
    read,
  ),
  edge('chunked of a GET', `${get(line, 'Transfer-Encoding: chunked')}0\r\n\r\n`, kept(200)),
  edge('unknown of a GET', get(line, 'Transfer-Encoding: gzip'), ended(501)),
]

/** RFC 9112, 6.1 and 6.3: such a request is refused, or the connection ends behind it. Go goes on. */
const withLength: readonly Edge[] = [
  edge('with Content-Length behind', encoded('Transfer-Encoding: chunked', `Content-Length: ${length}`), ended(400)),
  edge('with Content-Length before', encoded(`Content-Length: ${length}`, 'Transfer-Encoding: chunked'), ended(400)),
  edge(
    'with Content-Length of the whole',
    encoded(`Content-Length: ${chunked().length}`, 'Transfer-Encoding: chunked'),
    ended(400),
  ),
  edge('with Content-Length: 0', encoded('Content-Length: 0', 'Transfer-Encoding: chunked'), ended(400)),
  edge('with a bad Content-Length', encoded('Content-Length: x', 'Transfer-Encoding: chunked'), ended(400)),
  edge(
    'with two Content-Lengths',
    encoded('Content-Length: 5', 'Content-Length: 6', 'Transfer-Encoding: chunked'),
    ended(400),
  ),
  edge('identity with Content-Length', post(['Transfer-Encoding: identity', `Content-Length: ${length}`]), ended(501), {
    or: [ended(400)],
  }),
  edge('xchunked with Content-Length', post(['Transfer-Encoding: xchunked', `Content-Length: ${length}`]), ended(501), {
    or: [ended(400)],
  }),
]

const old = (...fields: string[]) =>
  head(writeLine.replace('1.1', '1.0'), 'Content-Type: application/json', 'Connection: keep-alive', ...fields)

/** RFC 9112, 6.1: the framing of such a request is faulty. Go overlooks the field. */
const overHttp10: readonly Edge[] = [
  edge('chunked over HTTP/1.0', old('Transfer-Encoding: chunked') + chunked(), ended(400)),
  edge(
    'chunked and Content-Length over HTTP/1.0',
    old('Transfer-Encoding: chunked', `Content-Length: ${length}`) + body,
    ended(400),
  ),
  edge(
    'unknown over HTTP/1.0',
    head('GET /version HTTP/1.0', 'Connection: keep-alive', 'Transfer-Encoding: gzip'),
    ended(400),
    { or: [ended(501)] },
  ),
]

export const transferEncoding: readonly Edge[] = [...codings, ...withLength, ...overHttp10]
