import { hostilePath } from '../../../tools/fuzz/hostile.ts'
import type { Random } from '../../../tools/fuzz/random.ts'

// HTTP/1.1 as nobody should write it: each part of a request is mostly right and now and then wrong, so that one wrong thing gets far.

const paths: readonly string[] = [
  '/version',
  '/healthz',
  '/readyz?verbose',
  '/openapi/v3',
  '/apis',
  '/api/v1/namespaces/team',
  '/api/v1/namespaces/team/pods?limit=1',
  '/api/v1/namespaces/team/pods?watch=1',
  '/api/v1/pods?watch=1&timeoutSeconds=1',
  '/api/v1/namespaces/team/pods/on-node-1/exec?command=sh',
  '/api/v1/namespaces/team/pods/on-node-1/proxy/',
  '/apis/apps/v1/namespaces/team/deployments/none',
  '/apis/none.example/v1/things',
  '/metrics',
]

const methods = [
  'GET',
  'GET',
  'GET',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'HEAD',
  'OPTIONS',
  'CONNECT',
  'TRACE',
  'PRI',
  'get',
  'G\0T',
  '',
]
const versions = [
  'HTTP/1.1',
  'HTTP/1.1',
  'HTTP/1.1',
  'HTTP/1.1',
  'HTTP/1.0',
  'HTTP/2.0',
  'HTTP/9.9',
  'HTTP/1.1 ',
  'ICY/1.1',
  '',
]

/** Header lines, each of which changes what the bytes after them mean, or should not be there. */
const oddHeaders: readonly ((random: Random) => string)[] = [
  random =>
    `Content-Length: ${random.pick(['0', '5', '-1', '+5', '0x5', '5, 5', '5, 6', '99999999999999999999', '', 'five', '5 '])}`,
  random =>
    `Transfer-Encoding: ${random.pick(['chunked', 'chunked', 'identity', 'gzip, chunked', 'chunked, chunked', 'xchunked', 'chunked\t', ''])}`,
  random => `Expect: ${random.pick(['100-continue', '100-continue', '100-Continue, x', 'the-unexpected', ''])}`,
  random =>
    `Connection: ${random.pick(['close', 'keep-alive', 'upgrade', 'Upgrade, HTTP2-Settings', 'close, upgrade', 'TE', 'x'.repeat(500)])}`,
  random => `Connection: Upgrade\r\nUpgrade: ${random.pick(['websocket', 'SPDY/3.1', 'h2c', 'TLS/1.0', 'x', ''])}`,
  () =>
    'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: v5.channel.k8s.io',
  random => `Upgrade: h2c\r\nHTTP2-Settings: ${random.pick(['AAMAAABkAAQAoAAAAAIAAAAA', '====', ''])}`,
  random => `Host: ${random.pick(['victim', 'other', '', 'a b', '[::1', 'victim:99999'])}`,
  random =>
    `Accept: ${random.pick(['*/*', 'application/vnd.kubernetes.protobuf', 'application/json;as=Table;v=v1;g=meta.k8s.io', ',,,', 'x/'.repeat(300)])}`,
  random => `Accept-Encoding: ${random.pick(['gzip', 'gzip;q=0', 'br', '*;q=9'])}`,
  random =>
    `Content-Type: ${random.pick(['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf', 'x', ''])}`,
  random => `Content-Encoding: ${random.pick(['gzip', 'deflate', 'x'])}`,
  random => `Authorization: ${random.pick(['Bearer x', 'Bearer ', 'Basic eDp5', `Bearer ${'e'.repeat(4_000)}`])}`,
  random => `Impersonate-User: ${random.pick(['admin', '', 'system:masters'])}`,
  random => `X-Remote-User: ${random.pick(['admin', ''])}`,
  () => 'X Y: space in the name',
  () => ': no name',
  () => 'no colon',
  () => 'X-Folded: a\r\n b\r\n\tc',
  () => 'X-Nul: a\0b',
  () => 'X-Bare: a\rb\nc',
  () => `X-Long: ${'x'.repeat(20_000)}`,
  random => Array.from({ length: 1 + random.below(300) }, (_, i) => `X-${i}: ${i}`).join('\r\n'),
]

function body(random: Random): string {
  return random.pick([
    '',
    'five!',
    '{"metadata":{"name":"x"}}',
    '{"metadata":',
    '\0\0\0\0\0',
    'x'.repeat(random.below(5_000)),
    '0\r\n\r\n',
    '5\r\nfive!\r\n0\r\n\r\n',
    '5\r\nfive!\r\n0\r\nTrailer: x\r\n\r\n',
    '5;extension="\r\nfive!\r\n0\r\n\r\n',
    'FFFFFFFFFFFFFFFFF\r\nx',
    '-5\r\nfive!\r\n',
    '5\nfive!\n0\n\n',
    '5\r\nfive',
  ])
}

export function http1Request(random: Random): string {
  const plain = random.pick(paths)
  const target = random.chance(0.75)
    ? plain
    : random.pick([
        hostilePath(random, plain),
        `https://victim${plain}`,
        'victim:443',
        '*',
        '',
        plain.slice(1),
        `/${'a'.repeat(random.below(30_000))}`,
        `${plain}\0`,
        `${plain} HTTP/1.1\r\nX: y\r\n\r\nGET ${plain}`,
      ])
  const method = random.chance(0.8) ? random.pick(methods.slice(0, 8)) : random.pick(methods)
  const version = random.chance(0.85) ? 'HTTP/1.1' : random.pick(versions)
  const lines = [`${method} ${target} ${version}`]
  if (random.chance(0.95)) lines.push('Host: victim')
  while (random.chance(0.45)) lines.push(random.pick(oddHeaders)(random))
  const end = random.chance(0.95) ? '\r\n' : random.pick(['\n', '\r', '\r\n\r\n'])
  const content = random.chance(0.4) ? body(random) : ''
  // most bodies are announced as they are
  if (content !== '' && random.chance(0.5)) lines.push(`Content-Length: ${Buffer.byteLength(content)}`)
  return lines.join(end) + end + end + content
}

/** One or many requests, sent before any answer; the last one may be only half there. */
export function http1Bytes(random: Random): Buffer {
  const requests = Array.from({ length: random.chance(0.5) ? 1 : 1 + random.below(8) }, () => http1Request(random))
  const bytes = Buffer.from(requests.join(''), 'latin1')
  return random.chance(0.25) ? bytes.subarray(0, random.below(bytes.length + 1)) : bytes
}
