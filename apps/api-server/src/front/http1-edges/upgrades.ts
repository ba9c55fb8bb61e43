import { type Edge, edge, ended, fin, kept } from './edge.ts'
import { chunked, get, head, length, line, post, read, webSocket, writeLine } from './requests.ts'

const upgrade = (protocol: string, ...fields: string[]) => ['Connection: Upgrade', `Upgrade: ${protocol}`, ...fields]
const exec = 'POST /api/v1/namespaces/default/pods/none/exec?command=a&stdout=1 HTTP/1.1'

/**
 * Where no other protocol is spoken the request is an ordinary one, and its body is read. In Go the connection goes on. Here it ends: a proxy before us that takes it for a tunnel
 * once it has passed an upgrade on, whatever the answer, would let through what its clients send next, unseen.
 */
export const upgrades: readonly Edge[] = [
  edge('to WebSocket', get(line, ...webSocket), ended(200), { headers: { connection: 'close', upgrade: null } }),
  edge('to SPDY/3.1', get(line, ...upgrade('SPDY/3.1')), ended(200)),
  edge('to what nobody knows', get(line, ...upgrade('nothing')), ended(200)),
  edge(
    'to h2c',
    get(line, 'Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA'),
    ended(200),
  ),
  edge('to TLS', get('OPTIONS * HTTP/1.1', ...upgrade('TLS/1.2')), ended(200)),
  edge('to WebSocket, nowhere', get('GET /nowhere HTTP/1.1', ...webSocket), ended(404)),
  edge(
    'to WebSocket, by nobody',
    [get(writeLine, 'Authorization: Bearer nobody', ...webSocket), { answers: 1 }, fin],
    ended(401),
    { stranger: true, alone: true, headers: { connection: 'close' } },
  ),
  edge('Upgrade without Connection', get(line, 'Upgrade: websocket'), kept(200)),
  edge('Connection without Upgrade', get(line, 'Connection: Upgrade'), kept(200)),
  edge('close, Upgrade', get(line, 'Connection: close, Upgrade', 'Upgrade: websocket'), ended(200), {
    headers: { connection: 'close' },
  }),
  edge('with a body', post([...webSocket, `Content-Length: ${length}`]), ended(201), read),
  edge('with a body in chunks', post([...webSocket, 'Transfer-Encoding: chunked'], chunked()), ended(201), read),
  edge('with a body of a GET', `${get(line, ...webSocket, 'Content-Length: 4')}abcd`, ended(200)),
  edge(
    'with a body that looks like a request',
    get('POST /nowhere HTTP/1.1', ...webSocket, `Content-Length: ${get(line).length}`) + get(line),
    ended(404),
  ),
  edge('to h2c with a body', post([...upgrade('h2c'), `Content-Length: ${length}`]), ended(201), read),
  edge('over HTTP/1.0', head('GET /version HTTP/1.0', ...webSocket), ended(200)),
  edge('of exec, of a pod that is not there', get(exec, ...upgrade('SPDY/3.1'), 'Content-Length: 0'), ended(404)),
  edge('of exec, without an Upgrade', get(exec, 'Content-Length: 0'), kept(404)),
  // Go's handlers are asked for it, and know no such path
  edge("HTTP/2's preface", 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', ended(404), { or: [ended(400), ended(505)] }),
  edge("HTTP/2's preface and settings", 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0', ended(404), {
    or: [ended(400), ended(505)],
  }),
]
