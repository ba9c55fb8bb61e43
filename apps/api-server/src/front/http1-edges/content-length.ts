import { type Edge, edge, ended, fin, kept, orSilence } from './edge.ts'
import { body, get, length, post, read } from './requests.ts'

const of = (...values: (string | number)[]) => post(values.map(value => `Content-Length: ${value}`))
const taken = (name: string, ...values: (string | number)[]) => edge(name, of(...values), kept(201), read)
const refused = (name: string, ...values: (string | number)[]) => edge(name, of(...values), ended(400))

/** To Go a bad one from 2^63 on; of less it would wait for all of it. Here who tells of more than is ever read over is told at once. */
const tooLarge = (name: string, value: bigint) => edge(name, of(`${value}`), ended(400), { or: [ended(413)] })

export const contentLength: readonly Edge[] = [
  taken('one', length),
  edge('in lower case', post([`content-length: ${length}`]), kept(201), read),
  edge('in capitals', post([`CONTENT-LENGTH: ${length}`]), kept(201), read),
  edge('with an underscore is another field', post([`Content_Length: ${length}`], ''), kept(400)),
  taken('with white space around', `\t ${length} \t`),
  taken('with leading zeros', `000${length}`),
  taken('with 30 leading zeros', `${'0'.repeat(30)}${length}`),
  taken('two that are equal', length, length),
  taken('two that are equal but for white space', length, ` ${length} `),
  refused('two that are different', length, 5),
  refused('two, the first 0', 0, length),
  refused('two, the second 0', length, 0),
  refused('two, the second in other digits', length, `0${length}`),
  refused('two, the second empty', length, ''),
  refused('three, the last another one', length, length, 5),
  refused('a list of equal ones', `${length}, ${length}`),
  refused('a list of different ones', `${length}, 5`),
  refused('a list with an empty part', `${length},`),
  refused('with a plus', `+${length}`),
  refused('with a minus', '-1'),
  refused('minus nothing', '-0'),
  refused('hexadecimal', '0x1c'),
  refused('octal', '0o34'),
  refused('empty', ''),
  refused('white space', '  '),
  refused('letters', 'abc'),
  refused('infinite', 'Infinity'),
  refused('with a letter behind', `${length}a`),
  refused('with a fraction', `${length}.0`),
  refused('with an exponent', '1e3'),
  refused('with an underscore within', '2_8'),
  refused('two numbers', `${length} ${length}`),
  refused('with a semicolon', `${length};`),
  refused('with quotes', `"${length}"`),
  refused('with a vertical tab', `\x0b${length}`),
  refused('digits not of ASCII', '\xd9\xa2\xd9\xa8'),
  refused('with a no-break space', `\xa0${length}`),
  tooLarge('of 2^63 - 1', 2n ** 63n - 1n),
  tooLarge('of 2^63', 2n ** 63n),
  tooLarge('of 2^64', 2n ** 64n),
  tooLarge('of 2^64 and what there is', 2n ** 64n + BigInt(length)),
  tooLarge('of 30 digits', 10n ** 30n - 1n),
  edge('none: there is no body', post([], ''), kept(400)),
  edge('none, yet a body', post([]), ended(400, 400)),
  edge('0', post(['Content-Length: 0'], ''), kept(400)),
  edge('less than there is', `${of(length)}GET /nowhere`, ended(201, 400)),
  edge(
    'a body in two packets',
    [post([`Content-Length: ${length}`], body.slice(0, 9)), body.slice(9)],
    kept(201),
    read,
  ),
  edge('a body of 1 MiB', post([`Content-Length: ${1024 * 1024}`], body.padEnd(1024 * 1024)), kept(201), read),
  edge('a body and the end', [of(length), fin], ended(201), {
    alone: true,
    ...orSilence,
    ...read,
  }),
  edge('half a body and the end', [of(length).slice(0, -9), fin], ended(400), { alone: true, ...orSilence }),
  edge('no body and the end', [post([`Content-Length: ${length}`], ''), fin], ended(400), {
    alone: true,
    ...orSilence,
  }),
  edge(
    'half a body of a GET and the end',
    [`${get('GET /version HTTP/1.1', 'Content-Length: 4')}ab`, fin],
    ended(200),
    {
      alone: true,
      or: [ended(400), ended()],
    },
  ),
]
