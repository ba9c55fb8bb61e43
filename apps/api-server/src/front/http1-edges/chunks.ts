import { type Edge, edge, ended, fin, kept, orSilence } from './edge.ts'
import { body, chunk, chunked, post, read } from './requests.ts'

const size = body.length.toString(16)
const last = '0\r\n\r\n'
const send = (content: string) => post(['Transfer-Encoding: chunked'], content)
/** One chunk whose first line is `text`. */
const lined = (text: string) => send(`${text}\r\n${body}\r\n${last}`)
const taken = (name: string, text: string) => edge(name, lined(text), kept(201), read)
/** Go's handlers see an error of their reading, and tell of it with 500; here it is the client's. */
const refused = (name: string, content: string) => edge(name, send(content), ended(400))
const refusedLine = (name: string, text: string) => edge(name, lined(text), ended(400))

const sizes: readonly Edge[] = [
  taken('one', size),
  taken('one, its size in capitals', size.toUpperCase()),
  edge('of a byte each', send(`${[...body].map(chunk).join('')}${last}`), kept(201), read),
  edge(
    'in two packets, within a size',
    [send(size.slice(0, 1)), `${size.slice(1)}\r\n${body}\r\n${last}`],
    kept(201),
    read,
  ),
  edge('of which the last is of several zeros', send(`${chunk(body)}000\r\n\r\n`), kept(201), read),
  edge('none but the last', send(last), kept(400)),
  taken('with leading zeros', `000${size}`),
  taken('with leading zeros, 16 digits', size.padStart(16, '0')),
  // Go takes 16 digits and no more
  refusedLine('with leading zeros, 17 digits', size.padStart(17, '0')),
  refusedLine('with leading zeros, 4,000 digits', size.padStart(4000, '0')),
  refused('of which the last is of 17 zeros', `${chunk(body)}${'0'.repeat(17)}\r\n\r\n`),
  refusedLine('of 17 hexadecimal digits', `1${size.padStart(16, '0')}`),
  refusedLine('with 0x', `0x${size}`),
  refusedLine('with a plus', `+${size}`),
  refusedLine('negative', `-${size}`),
  refusedLine('with an underscore', `0_${size}`),
  refusedLine('of no size', ''),
  refusedLine('of no size but an extension', ';a'),
  refusedLine('of a size that is none', 'g'),
  refusedLine('of digits not of ASCII', '\xef\xbc\x91c'),
  refusedLine('of two sizes', `${size} ${size}`),
  refusedLine('of a size and a comma', `${size},`),
  refusedLine('of a size and a NUL', `${size}\0`),
  refusedLine('with white space before a size', ` ${size}`),
]

/** More than there is, and more than is taken: what follows is part of it, and is no request. */
const tooLarge = (name: string, text: string) =>
  edge(name, [`${lined(text)}GET /version HTTP/1.1\r\nHost: a\r\n\r\n`, fin], ended(400), {
    alone: true,
    or: [ended(413), ended()],
  })

const largeSizes: readonly Edge[] = [
  tooLarge('of 2^32 and what there is', `1${size.padStart(8, '0')}`),
  tooLarge('of 2^53 and what there is', `20000${size.padStart(9, '0')}`),
  tooLarge('of 2^63', '8000000000000000'),
  tooLarge('of 2^64 - 1', 'ffffffffffffffff'),
]

const extensions: readonly Edge[] = [
  taken('with an extension', `${size};a`),
  taken('with an extension and its value', `${size};a=b;c`),
  taken('with an extension in quotes', `${size};a="b;c"`),
  taken('with an extension of 1,000 bytes', `${size};${'a'.repeat(1000)}`),
  edge('with an extension on the last one', send(`${chunk(body)}0;a=b\r\n\r\n`), kept(201), read),
  edge('with an extension of no name', lined(`${size};`), kept(201), { or: [ended(400)], ...read }),
  refusedLine('with an extension of 5,000 bytes', `${size};${'a'.repeat(5000)}`),
  refused(
    'with extensions of more than the data',
    `${[...body].map(byte => `1;${'a'.repeat(1000)}\r\n${byte}\r\n`).join('')}${last}`,
  ),
  refusedLine('with white space before an extension', `${size} ;a`),
  // the grammar has no room for these, and Go takes them
  refusedLine('with a space behind a size', `${size} `),
  refusedLine('with a tab behind a size', `${size}\t`),
  refusedLine('with a NUL in an extension', `${size};a\0b`),
  refusedLine('with a CR in an extension', `${size};a\rb`),
  refusedLine('with an LF in an extension', `${size};a\nb`),
]

const ends: readonly Edge[] = [
  refused('LF behind a size', `${size}\n${body}\r\n${last}`),
  refused('CR behind a size', `${size}\r${body}\r\n${last}`),
  refused('two CRs behind a size', `${size}\r\r\n${body}\r\n${last}`),
  refused('an LF behind an extension', `${size};a\n${body}\r\n${last}`),
  refused('nothing behind the data', `${size}\r\n${body}${last}`),
  refused('LF behind the data', `${size}\r\n${body}\n${last}`),
  refused('CR behind the data', `${size}\r\n${body}\r${last}`),
  refused('two other bytes behind the data', `${size}\r\n${body}XX${last}`),
  refused('data longer than told', `${size}\r\n${body} \r\n${last}`),
  refused('an empty line between two', `${chunk(body)}\r\n${last}`),
  refused('LF behind the last size', `${chunk(body)}0\n\r\n`),
  // Go takes it
  refused('LF as the end of all', `${chunk(body)}0\r\n\n`),
  refused('no last line: the next request is no trailer', `${chunk(body)}0\r\n`),
]

const half = (name: string, content: string) =>
  edge(name, [send(content), fin], ended(400), { alone: true, ...orSilence })

const halves: readonly Edge[] = [
  edge('all and the end', [send(chunked()), fin], ended(201), {
    alone: true,
    ...orSilence,
    ...read,
  }),
  half('nothing and the end', ''),
  half('a size and the end', `${size}\r\n`),
  half('half of one and the end', `${size}\r\n${body.slice(0, 9)}`),
  half('no end of one and the end', `${size}\r\n${body}`),
  half('no last one and the end', chunk(body)),
  half('no last line and the end', `${chunk(body)}0\r\n`),
]

export const chunks: readonly Edge[] = [...sizes, ...largeSizes, ...extensions, ...ends, ...halves]
