import { type Edge, edge, ended, kept } from './edge.ts'
import { get, head, length, line, post, whoAmI } from './requests.ts'

const field = (...texts: string[]) => get(line, ...texts)
const many = (count: number) => Array.from({ length: count }, (_, i) => `X-${i}: a`)

const names: readonly Edge[] = [
  edge('no colon', field('x-a'), ended(400)),
  edge('no colon in the first', head(line, 'x-a', 'Host: a'), ended(400)),
  edge('a space before the colon', field('X-A : a'), ended(400)),
  edge('a tab before the colon', field('X-A\t: a'), ended(400)),
  edge('a space before the colon of Host', head(line, 'Host : a'), ended(400)),
  edge('a space before the colon of Content-Length', post([`Content-Length : ${length}`]), ended(400)),
  edge('a space before the colon of Transfer-Encoding', field('Transfer-Encoding : chunked'), ended(400)),
  edge('an empty name', field(': a'), ended(400)),
  edge('a colon alone', field(':'), ended(400)),
  edge('a space within a name', field('X A: a'), ended(400)),
  edge('no space behind the colon', field('X-A:a'), kept(200)),
  edge('all token characters in a name', field("!#$%&'*+-.^_`|~aZ09: a"), kept(200)),
  ...[...'"(),/;<=>?@[\\]{}'].map(character => edge(`${character} in a name`, field(`X${character}A: a`), ended(400))),
  edge('a NUL in a name', field('X\0A: a'), ended(400)),
  edge('a control character in a name', field('X\x01A: a'), ended(400)),
  edge('a DEL in a name', field('X\x7fA: a'), ended(400)),
  edge('a CR in a name', field('X\rA: a'), ended(400)),
  edge('bytes that are not ASCII in a name', field('X-\xc3\xa4: a'), ended(400)),
  edge('a space before the first name', head(line, ' X-A: a', 'Host: a'), ended(400)),
]

/** Go joins folded lines, and takes LF for the end of one. RFC 9112, 5.2 lets a server refuse the first; request-line.ts says why not the other. */
const lines: readonly Edge[] = [
  edge('a folded line', field('X-A: a\r\n b'), ended(400)),
  edge('a line folded with a tab', field('X-A: a\r\n\tb'), ended(400)),
  edge('a folded line of spaces', field('X-A: a\r\n  '), ended(400)),
  edge('a folded Transfer-Encoding', field('Transfer-Encoding:\r\n chunked'), ended(400)),
  edge('a folded Content-Length', post([`Content-Length:\r\n ${length}`]), ended(400)),
  edge('a folded Host', head(line, 'Host:\r\n a'), ended(400)),
  edge('LF as the end of a field', field('X-A: a\nX-B: b'), ended(400)),
  edge('LF within a value, then no colon', field('X-A: a\nb'), ended(400)),
  edge('LF before a hidden Transfer-Encoding', field('X-A: a\nTransfer-Encoding: chunked'), ended(400)),
  edge('LF and an empty line within a value', field('X-A: a\n\nGET /nowhere HTTP/1.1'), ended(400)),
  edge('two CRs at the end of a field', field('X-A: a\r'), ended(400)),
  edge('a CR within a value', field('X-A: a\rb'), ended(400)),
  edge('a CR before a hidden field', field('X-A: a\rTransfer-Encoding: chunked'), ended(400)),
]

const values: readonly Edge[] = [
  edge('a NUL in a value', field('X-A: a\0b'), ended(400)),
  edge('a control character in a value', field('X-A: a\x01b'), ended(400)),
  edge('a DEL in a value', field('X-A: a\x7fb'), ended(400)),
  edge('a vertical tab in a value', field('X-A: a\x0bb'), ended(400)),
  edge('a form feed before a value', field('X-A:\x0ca'), ended(400)),
  edge('an escape character in a value', field('X-A: \x1b[31m'), ended(400)),
  edge('a tab within a value', field('X-A: a\tb'), kept(200)),
  edge('bytes of UTF-8 in a value', field('X-A: \xc3\xa4'), kept(200)),
  edge('bytes of Latin-1 in a value', field('X-A: \xe4'), kept(200)),
  edge('an empty value', field('X-A:'), kept(200)),
  edge('white space alone in a value', field('X-A: \t \t'), kept(200)),
]

const understood = (name: string, groups: RegExp, ...fields: string[]) =>
  edge(name, whoAmI(...fields), kept(201), { text: groups })

const uses: readonly Edge[] = [
  understood('white space around a value', /"username":"alice"/, 'Impersonate-User: \t alice \t'),
  understood('white space within a value', /"username":"alice {2}and bob"/, 'Impersonate-User: alice  and bob'),
  understood('UTF-8 in a value', /"username":"\xc3\xa4"/, 'Impersonate-User: \xc3\xa4'),
  understood('a name in capitals', /"username":"alice"/, 'IMPERSONATE-USER: alice'),
  understood('a name in lower case', /"username":"alice"/, 'impersonate-user: alice'),
  understood(
    'a field twice: the first counts',
    /"username":"alice"/,
    'Impersonate-User: alice',
    'Impersonate-User: bob',
  ),
  understood(
    'a list in a field that may come often',
    /"groups":\["a","b, c","system:authenticated"\]/,
    'Impersonate-User: alice',
    'Impersonate-Group: a',
    'Impersonate-Group: b, c',
  ),
  understood('a name with an underscore is another one', /"username":"kubernetes-admin"/, 'Impersonate_User: alice'),
  understood(
    'a name as of an object',
    /"username":"kubernetes-admin"/,
    '__proto__: a',
    'constructor: a',
    'toString: a',
  ),
]

const sizes: readonly Edge[] = [
  edge('200 fields', field(...many(200)), kept(200)),
  edge('1,900 fields', field(...many(1_900)), kept(200)),
  edge('1,900 fields of one name', field(...Array.from({ length: 1_900 }, () => 'X-A: a')), kept(200)),
  // a bound of our own: see docs/security.md
  edge('4,000 fields', field(...many(4_000)), ended(431)),
  edge('a value of 70,000 bytes', field(`X-A: ${'a'.repeat(70_000)}`), kept(200)),
  edge('a name of 70,000 bytes', field(`${'a'.repeat(70_000)}: a`), kept(200)),
  edge('a value of 1,000,000 bytes', field(`X-A: ${'a'.repeat(1_000_000)}`), kept(200)),
  edge('a head of more than 1 MiB', field(`X-A: ${'a'.repeat(1_060_000)}`), ended(431)),
  edge(
    'a head of more than 1 MiB in many fields',
    field(...Array.from({ length: 1_100 }, (_, i) => `X-${i}: ${'a'.repeat(1_000)}`)),
    ended(431),
  ),
  edge(
    'a head of more than 1 MiB that does not end',
    `${line}\r\nHost: a\r\nX-A: ${'a'.repeat(1_060_000)}`,
    ended(431),
    {
      alone: true,
    },
  ),
]

export const headerFields: readonly Edge[] = [...names, ...lines, ...values, ...uses, ...sizes]
