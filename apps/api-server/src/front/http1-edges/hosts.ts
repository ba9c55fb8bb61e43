import { type Edge, edge, ended, kept } from './edge.ts'
import { head, line } from './requests.ts'

const host = (...fields: string[]) => head(line, ...fields)
const taken = (name: string, value: string) => edge(name, host(`Host: ${value}`), kept(200))
const refused = (name: string, value: string) => edge(name, host(`Host: ${value}`), ended(400))

export const hosts: readonly Edge[] = [
  edge('none', host(), ended(400)),
  edge('none, HTTP/1.0', head('GET /version HTTP/1.0', 'Connection: keep-alive'), kept(200)),
  edge('none, HTTP/1.2', head('GET /version HTTP/1.2'), ended(400)),
  edge('two of one value', host('Host: a', 'Host: a'), ended(400)),
  edge('two of different values', host('Host: a', 'Host: b'), ended(400)),
  edge('two, HTTP/1.0', head('GET /version HTTP/1.0', 'Host: a', 'Host: b'), ended(400)),
  edge('two, in different cases', host('Host: a', 'hOST: b'), ended(400)),
  edge('an empty one', host('Host:'), kept(200)),
  edge('an empty one and another', host('Host:', 'Host: a'), ended(400)),
  taken('with white space around', '\t a \t'),
  taken('with a port', 'a:6443'),
  taken('with an empty port', 'a:'),
  taken('with a port that is none', 'a:x'),
  taken('of IPv6', '[::1]:6443'),
  taken('a list', 'a,b'),
  taken('with an escape', '%41'),
  taken('all that Go takes', "-._~!$&'()*+,;=:[]%aZ09"),
  refused('with a space', 'a b'),
  refused('with a tab', 'a\tb'),
  refused('with a path', 'a/b'),
  refused('with a scheme', 'http://a'),
  refused('with a user', 'u@a'),
  refused('not of ASCII', '\xc3\xa4'),
  refused('with a question mark', 'a?b'),
  refused('with a number sign', 'a#b'),
  refused('with a backslash', 'a\\b'),
  refused('with a quote', 'a"b'),
  refused('with angle brackets', '<a>'),
  refused('with braces', '{a}'),
  refused('with a pipe', 'a|b'),
  refused('with a caret', 'a^b'),
]
