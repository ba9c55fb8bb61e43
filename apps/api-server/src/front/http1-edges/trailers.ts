import { type Edge, edge, ended, kept } from './edge.ts'
import { body, chunk, chunked, get, length, line, post, read } from './requests.ts'

const trailed = (...fields: string[]) => `${chunk(body)}0\r\n${fields.map(field => `${field}\r\n`).join('')}\r\n`
const send = (...fields: string[]) => post(['Transfer-Encoding: chunked'], trailed(...fields))
/** Nobody looks at trailers: whatever they say changes nothing. */
const overlooked = (name: string, ...fields: string[]) => edge(name, send(...fields), kept(201), read)
const refused = (name: string, ...fields: string[]) => edge(name, send(...fields), ended(400))
const told = (field: string, content = chunked()) => post(['Transfer-Encoding: chunked', `Trailer: ${field}`], content)

export const trailers: readonly Edge[] = [
  overlooked('one', 'X-A: a'),
  edge('one that was told of', told('X-A', trailed('X-A: a')), kept(201), read),
  edge('told of, but none', told('X-A'), kept(201), read),
  edge('told of without chunks', post([`Content-Length: ${length}`, 'Trailer: X-A']), kept(201), read),
  edge('told of by a GET', get(line, 'Trailer: X-A'), kept(200)),
  edge('told of: Content-Length', told('Content-Length'), ended(400)),
  edge('told of: Transfer-Encoding', told('Transfer-Encoding'), ended(400)),
  edge('told of: Trailer', told('Trailer'), ended(400)),
  overlooked('Content-Length', 'Content-Length: 5'),
  overlooked('Transfer-Encoding', 'Transfer-Encoding: chunked'),
  overlooked('Host', 'Host: b'),
  overlooked('Authorization', 'Authorization: Bearer nobody'),
  overlooked('Impersonate-User', 'Impersonate-User: nobody'),
  overlooked('Expect', 'Expect: nothing'),
  overlooked('Connection: close', 'Connection: close'),
  overlooked('100 of them', ...Array.from({ length: 100 }, (_, i) => `X-${i}: a`)),
  refused('no colon', 'x-a'),
  refused('an empty name', ': a'),
  refused('a bad name', 'X(A: a'),
  refused('a NUL in a value', 'X-A: a\0b'),
  refused('a CR in a value', 'X-A: a\rb'),
  refused('one of 70,000 bytes', `X-A: ${'a'.repeat(70_000)}`),
  edge('10,000 of them', send(...Array.from({ length: 10_000 }, () => 'X-A: a')), ended(400), { or: [ended(431)] }),
  // as in the head, Go takes these
  refused('a space before the colon', 'X-A : a'),
  refused('a folded line', 'X-A: a', ' b'),
  refused('an LF as an end', 'X-A: a\nX-B: b'),
]
