import { type Edge, edge, ended, kept } from './edge.ts'
import { chunked, get, length, line, post, read } from './requests.ts'

const closes = { headers: { connection: 'close' } } as const
const last = (name: string, ...values: string[]) =>
  edge(name, get(line, ...values.map(value => `Connection: ${value}`)), ended(200), closes)

/** What follows a request that ends the connection is not looked at, and does not spoil its answer. */
export const connectionField: readonly Edge[] = [
  last('close', 'close'),
  last('Close', 'Close'),
  last('close in a list', 'x, close'),
  last('close in a list with empty parts', ',, \tclose\t,'),
  last('close in a second field', 'keep-alive', 'close'),
  last('close and keep-alive', 'close, keep-alive'),
  edge('close, of a refused request', get('GET /nowhere HTTP/1.1', 'Connection: close'), ended(404), closes),
  edge('close, of a write', post(['Connection: close', `Content-Length: ${length}`]), ended(201), closes),
  edge('close, and no request behind it', `${get(line, 'Connection: close')}x\r\n\r\n`, ended(200), closes),
  edge('closed is not close', get(line, 'Connection: closed'), kept(200)),
  edge('close in quotes is not close', get(line, 'Connection: "close"'), kept(200)),
  edge('none', get(line), kept(200), { headers: { connection: null } }),
  edge('keep-alive', get(line, 'Connection: keep-alive'), kept(200), { headers: { connection: null } }),
  edge('Keep-Alive: timeout=1', get(line, 'Connection: keep-alive', 'Keep-Alive: timeout=1, max=1'), kept(200), {
    headers: { 'keep-alive': null },
  }),
  edge('Proxy-Connection: close', get(line, 'Proxy-Connection: close'), kept(200)),
  edge('names Content-Length', post(['Connection: Content-Length', `Content-Length: ${length}`]), kept(201), read),
  edge('names Host', get(line, 'Connection: Host'), kept(200)),
  edge(
    'names Transfer-Encoding',
    post(['Connection: Transfer-Encoding', 'Transfer-Encoding: chunked'], chunked()),
    kept(201),
    read,
  ),
]
