import { describe, expect, it } from 'vitest'
import type { Victim } from './victim.ts'
import { codes, dial, everything, requestText } from './wire.ts'

/** What the smuggled request asks for; each attack has a number of its own in it. */
const smuggled = '/api/v1/namespaces/kube-system/secrets?smuggled='

/** Requests whose end two servers could see in different places. `S` stands for the request that is smuggled. */
const ambiguous: readonly (readonly [string, string])[] = [
  [
    'a length and chunks',
    'POST /api HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nS',
  ],
  [
    'chunks and a length',
    'POST /api HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n1\r\nX\r\n0\r\n\r\nS',
  ],
  ['two lengths', 'POST /api HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: 5\r\n\r\nS'],
  ['two lengths in one', 'POST /api HTTP/1.1\r\nHost: a\r\nContent-Length: 0, 5\r\n\r\nS'],
  ['a length with a sign', 'POST /api HTTP/1.1\r\nHost: a\r\nContent-Length: +0\r\n\r\nS'],
  ['a negative length', 'POST /api HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\nS'],
  ['a length in hex', 'POST /api HTTP/1.1\r\nHost: a\r\nContent-Length: 0x0\r\n\r\nS'],
  ['a length beyond all numbers', 'POST /api HTTP/1.1\r\nHost: a\r\nContent-Length: 18446744073709551616\r\n\r\nS'],
  ['an unknown coding', 'POST /api HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\nS'],
  [
    'chunks that are no last coding',
    'POST /api HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\nS',
  ],
  [
    'two codings',
    'POST /api HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\nS',
  ],
  ['a space before the colon', 'POST /api HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\nS'],
  ['a tab in the name', 'POST /api HTTP/1.1\r\nHost: a\r\nTransfer-Encoding\t: chunked\r\n\r\n0\r\n\r\nS'],
  [
    'a folded header',
    'POST /api HTTP/1.1\r\nHost: a\r\nX: b\r\n Transfer-Encoding: chunked\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\nS',
  ],
  ['a first header that is folded', 'GET /api HTTP/1.1\r\n Host: a\r\n\r\nS'],
  ['lines without a carriage return', 'GET /api HTTP/1.1\nHost: a\n\nS'],
  ['a bare carriage return in a header', 'GET /api HTTP/1.1\r\nHost: a\r\nX: a\rContent-Length: 50\r\n\r\nS'],
  ['a null byte in a header', 'GET /api HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\nS'],
  ['a chunk size with a sign', 'POST /api HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n+0\r\n\r\nS'],
  ['a chunk size with a prefix', 'POST /api HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0x0\r\n\r\nS'],
  [
    'a chunk size beyond all numbers',
    'POST /api HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nS',
  ],
  [
    'a chunk that goes on behind its size',
    'POST /api HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nXY\r\n0\r\n\r\nS',
  ],
  [
    'a chunk extension with a bare line feed',
    'POST /api HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0;a\nS',
  ],
  [
    'chunk lines without a carriage return',
    'POST /api HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\nX\n0\n\nS',
  ],
  [
    'chunk extensions without end',
    `POST /api HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;${'a'.repeat(100_000)}\r\nX\r\n0\r\n\r\nS`,
  ],
  ['a header of length that a header line ends', 'POST /api HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n: b\r\n\r\nS'],
  ['a header without a name', 'GET /api HTTP/1.1\r\nHost: a\r\n: b\r\n\r\nS'],
  ['chunks in an old version', 'POST /api HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nS'],
  ['two hosts', 'GET /api HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\nS'],
  ['no host', 'GET /api HTTP/1.1\r\n\r\nS'],
  ['no version', 'GET /api\r\nS'],
  ['a version to come', 'GET /api HTTP/3.9\r\nHost: a\r\n\r\nS'],
  ['a space in the path', 'GET /api /v1 HTTP/1.1\r\nHost: a\r\n\r\nS'],
  ['the beginning of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nS'],
  ['a method of its own', 'G=T /api HTTP/1.1\r\nHost: a\r\n\r\nS'],
  ['a tunnel', 'CONNECT 169.254.169.254:80 HTTP/1.1\r\nHost: a\r\n\r\nS'],
  [
    'a trailer that says who one is',
    'POST /api HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nAuthorization: Bearer x\r\n Content-Length: 5\r\n\r\nS',
  ],
]

/** Two requests in the coat of one. */
export function smuggling(victim: () => Victim): void {
  describe('a request inside another', () => {
    it.each(ambiguous.map(([what, bytes], i) => [what, bytes, i] as const))(
      'by %s is not served',
      async (_, bytes, i) => {
        const marker = `${smuggled}${i}`
        const inner = requestText('GET', marker, [['Connection', 'close']])
        const socket = await dial(victim(), victim().objects.viewer)
        const answer = everything(socket)
        socket.write(Buffer.from(bytes.replace(/S$/, inner), 'latin1'))
        const text = await answer
        expect(text).not.toContain('(silence)')
        // an answer to what came before is no harm; a second one would be
        expect(codes(text).length, text).toBeLessThanOrEqual(1)
        await victim().audit.tellsNothingOf(marker)
      },
    )

    it('that is a second one of its own is served as what it is: two', async () => {
      const marker = `${smuggled}pipelined`
      const socket = await dial(victim(), victim().objects.viewer)
      const answer = everything(socket)
      socket.write(requestText('GET', '/version') + requestText('GET', marker, [['Connection', 'close']]))
      expect(codes(await answer)).toEqual([200, 403])
      await victim().audit.tells({ user: 'viewer', verb: 'list', code: 403, path: marker })
    })

    it('behind an answer that did not wait for its body is not served', async () => {
      const marker = `${smuggled}unread`
      const inner = requestText('GET', marker, [['Connection', 'close']])
      const head = requestText('POST', '/api/v1/namespaces/team/secrets', [['Content-Length', String(inner.length)]])
      const socket = await dial(victim(), victim().objects.viewer)
      const answer = everything(socket)
      socket.write(head)
      socket.write(inner)
      expect(codes(await answer)).toEqual([403])
      await victim().audit.tellsNothingOf(marker)
    })

    it('behind an upgrade that is refused is not served', async () => {
      const marker = `${smuggled}upgrade`
      for (const protocol of ['websocket', 'h2c', 'SPDY/3.1']) {
        const socket = await dial(victim(), victim().objects.viewer)
        const answer = everything(socket)
        const upgrade = [
          ['Connection', 'Upgrade, HTTP2-Settings'],
          ['Upgrade', protocol],
          ['HTTP2-Settings', 'AAMAAABkAAQAAP__'],
          ['Sec-WebSocket-Version', '13'],
          ['Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ=='],
        ] as const
        socket.write(requestText('GET', '/api/v1/namespaces/team/pods/on-node-1/exec?command=sh', upgrade))
        socket.write(requestText('GET', marker, [['Connection', 'close']]))
        const text = await answer
        expect(codes(text), text).toEqual([403])
      }
      await victim().audit.tellsNothingOf(marker)
    })
  })
}
