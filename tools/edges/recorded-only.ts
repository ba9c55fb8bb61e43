import { type Edge, edge, ended, kept } from '../../apps/api-server/src/front/http1-edges/edge.ts'
import { get, post, webSocket } from '../../apps/api-server/src/front/http1-edges/requests.ts'

const watch = 'GET /api/v1/namespaces?watch=1&timeoutSeconds=1 HTTP/1.1'
const alone = { alone: true } as const
const told = (bytes: number | bigint, ...fields: string[]) => post([`Content-Length: ${bytes}`, ...fields], '')
const mebibytes = (count: number) => count * 1024 * 1024

/** What only waiting shows, and what is not the listener's business: nothing is expected of it. */
export const recordedOnly: readonly Edge[] = [
  edge('a POST of 4 MiB, none of it sent', told(mebibytes(4)), ended(), alone),
  edge('a POST of 4 MiB, 100-continue', told(mebibytes(4), 'Expect: 100-continue'), ended(), alone),
  edge('a POST of 7 MiB, none of it sent', told(mebibytes(7)), ended(), alone),
  edge('a POST of 2^63 - 1 bytes, none of it sent', told(2n ** 63n - 1n), ended(), alone),
  edge(
    'a chunk of 2^64 - 1 bytes, 3 of it sent',
    post(['Transfer-Encoding: chunked'], 'ffffffffffffffff\r\nabc'),
    ended(),
    alone,
  ),
  edge('a POST to nowhere, its body not sent', get('POST /nowhere HTTP/1.1', 'Content-Length: 4'), ended(), alone),
  edge('a GET, its body not sent', get('GET /version HTTP/1.1', 'Content-Length: 4'), ended(), alone),
  edge(
    'a request behind a watch that goes on',
    get('GET /api/v1/namespaces?watch=1 HTTP/1.1') + get('GET /version HTTP/1.1'),
    ended(),
    alone,
  ),
  edge('a watch over WebSocket', get(watch, ...webSocket, 'Origin: http://a'), ended(), alone),
  edge('a watch over WebSocket, no Origin', get(watch, ...webSocket), kept()),
  edge(
    'a watch over WebSocket, no version',
    get(watch, 'Connection: Upgrade', 'Upgrade: websocket', webSocket[3], 'Origin: http://a'),
    kept(),
  ),
  edge('a watch over WebSocket, no key', get(watch, ...webSocket.slice(0, 3), 'Origin: http://a'), kept()),
  edge('Range of OpenAPI', get('GET /openapi/v2 HTTP/1.1', 'Range: bytes=0-3'), kept()),
  edge('Range of OpenAPI beyond its end', get('GET /openapi/v2 HTTP/1.1', 'Range: bytes=999999999-'), kept()),
]
