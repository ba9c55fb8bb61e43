import { describe, expect, it, vi } from 'vitest'
import { fields, flag, frame, frameType, get, type RawSession, rawSession } from './http2-frames.ts'
import type { Victim } from './victim.ts'

const refusedPath = '/api/v1/namespaces/kube-system/secrets?h2='

/** What no request of HTTP/2 may hold. `P` stands for the path, with the attack's number. */
const malformed: readonly (readonly [string, (path: string) => readonly (readonly [string, string])[]])[] = [
  ['a line break in the path', p => get(`${p} HTTP/1.1\r\nX-Remote-User: kubernetes-admin`)],
  ['a capital letter in a name', p => [...get(p), ['X-Remote-User', 'kubernetes-admin']]],
  ['a coding', p => [...get(p), ['transfer-encoding', 'chunked']]],
  ['a connection header', p => [...get(p), ['connection', 'close']]],
  ['an upgrade', p => [...get(p), ['upgrade', 'websocket']]],
  ['two paths', p => [...get('/version'), [':path', p]]],
  ['two methods', p => [...get(p), [':method', 'DELETE']]],
  ['a pseudo header behind others', p => [['x', 'a'], ...get(p)]],
  ['an unknown pseudo header', p => [...get(p), [':user', 'kubernetes-admin']]],
  ['no path', () => get('').filter(([name]) => name !== ':path')],
  ['an empty path', () => get('')],
  ['no method', p => get(p).filter(([name]) => name !== ':method')],
  ['a space in the method', p => [[':method', 'GET /'], ...get(p).slice(1)]],
  ['a path that is no path', () => get(`h2=`)],
  ['a te header that is not trailers', p => [...get(p), ['te', 'gzip']]],
]

/** HTTP/2: what a client cannot send, and what it can send too much of. */
export function http2(victim: () => Victim): void {
  describe('a request', () => {
    it.each(malformed.map(([what, of], i) => [what, of, i] as const))('with %s is not served', async (_, of, i) => {
      const session = await rawSession(victim(), victim().objects.viewer)
      const path = `${refusedPath}${i}`
      session.write(frame(frameType.headers, flag.endHeaders | flag.endStream, 1, fields(of(path))))
      // a good request behind it shows that the first one has been looked at, unless the connection ended
      session.write(frame(frameType.headers, flag.endHeaders | flag.endStream, 3, fields(get('/version'))))
      await answered(session, 3)
      const answers = session.received.filter(one => one.stream === 1 && one.type === frameType.headers)
      session.socket.destroy()
      expect(answers).toEqual([])
      await victim().audit.tellsNothingOf(path)
    })

    it.each<[string, readonly [string, string]]>([
      ['a line break', ['x', 'a\r\nx-remote-user: kubernetes-admin']],
      ['a null byte', ['x-remote-user', 'kubernetes-admin\0']],
      ['a colon in its name', ['x: a\r\nx-remote-user', 'kubernetes-admin']],
    ])('whose header has %s is served without that header', async (what, field) => {
      const proxy = await victim().user('front-proxy-client', [], { of: victim().proxies })
      const session = await rawSession(victim(), proxy)
      const path = `/api/v1/namespaces/team/pods?left-out=${encodeURIComponent(what)}`
      const all = [...get(path), ['x-remote-user', 'viewer'] as const, field]
      session.write(frame(frameType.headers, flag.endHeaders | flag.endStream, 1, fields(all)))
      await victim().audit.tells({ user: 'viewer', verb: 'list', code: 200, path })
      session.socket.destroy()
    })

    it('whose body is longer or shorter than it says is not taken', async () => {
      const session = await rawSession(victim(), victim().objects.mallory)
      const post = [
        [':method', 'POST'],
        ...get('/api/v1/namespaces/team/pods?length').slice(1),
        ['content-type', 'application/json'],
        ['content-length', '10'],
      ] as const
      session.write(
        frame(frameType.headers, flag.endHeaders, 1, fields(post)),
        frame(frameType.data, flag.endStream, 1, Buffer.from('{"kind":"Pod","metadata":{}}')),
      )
      session.write(frame(frameType.headers, flag.endHeaders | flag.endStream, 3, fields(get('/version'))))
      await answered(session, 3)
      expect(session.received.some(one => one.stream === 1 && one.type === frameType.headers)).toBe(false)
      session.socket.destroy()
    })
  })

  describe('a flood', () => {
    it('of requests that are taken back at once ends the connection', async () => {
      const session = await rawSession(victim())
      const headers = fields(get('/healthz'))
      await flood(session, i => [
        frame(frameType.headers, flag.endHeaders | flag.endStream, 2 * i + 1, headers),
        frame(frameType.rst, 0, 2 * i + 1, cancel),
      ])
    })

    it('of headers without end ends the connection', async () => {
      const session = await rawSession(victim())
      session.write(frame(frameType.headers, 0, 1, fields(get('/healthz'))))
      const more = fields([['x', 'a'.repeat(4_000)]])
      await flood(session, () => [frame(frameType.continuation, 0, 1, more)])
    })

    it('of empty headers without end ends the connection', async () => {
      const session = await rawSession(victim())
      session.write(frame(frameType.headers, 0, 1, fields(get('/healthz'))))
      await flood(session, () => [frame(frameType.continuation, 0, 1)])
    })

    it('of pings and of settings, whose answers nobody reads, ends the connection', async () => {
      for (const [type, payload] of [
        [frameType.ping, Buffer.alloc(8)],
        [frameType.settings, Buffer.alloc(0)],
      ] as const) {
        const session = await rawSession(victim())
        session.socket.pause()
        await flood(session, () => [frame(type, 0, 0, payload)])
      }
    })

    it('of headers that unpack to very much is refused', async () => {
      const session = await rawSession(victim())
      // a field of 4,000 bytes goes into the table, and is then named by one byte, again and again
      const large = Buffer.concat([Buffer.from([0x40]), fields([['x', 'a'.repeat(4_000)]]).subarray(1)])
      const block = Buffer.concat([fields(get('/version?bomb')), large, Buffer.alloc(15_000 - large.length, 0xbe)])
      session.write(frame(frameType.headers, flag.endHeaders | flag.endStream, 1, block))
      await vi.waitFor(() =>
        expect(session.isClosed() || session.received.some(one => one.type === frameType.rst && one.stream === 1)).toBe(
          true,
        ),
      )
      session.socket.destroy()
      await victim().audit.tellsNothingOf('bomb')
    })

    it('of streams finds its end at what a connection may have', async () => {
      const session = await rawSession(victim(), victim().objects.viewer)
      const headers = fields(get('/api/v1/namespaces/team/pods?watch=1&streams'))
      for (let i = 0; i < 1_100; i++)
        session.write(frame(frameType.headers, flag.endHeaders | flag.endStream, 2 * i + 1, headers))
      await vi.waitFor(() => {
        const refused = session.received.filter(one => one.type === frameType.rst).length
        expect(refused + (session.isClosed() ? 1_000 : 0)).toBeGreaterThanOrEqual(100)
      }, 15_000)
      session.socket.destroy()
    })

    it.each<[string, Buffer]>([
      ['a frame beyond the size that is allowed', frame(frameType.data, 0, 1, Buffer.alloc(100_000))],
      ['data on no stream', frame(frameType.data, 0, 0, Buffer.from('a'))],
      [
        'headers of an even stream',
        frame(frameType.headers, flag.endHeaders | flag.endStream, 2, fields(get('/version'))),
      ],
      ['a window of nothing', frame(frameType.windowUpdate, 0, 0, Buffer.alloc(4))],
      [
        'a window beyond all bounds',
        Buffer.concat(
          Array.from({ length: 3 }, () => frame(frameType.windowUpdate, 0, 0, Buffer.from('7fffffff', 'hex'))),
        ),
      ],
      ['settings that are cut short', frame(frameType.settings, 0, 0, Buffer.alloc(5))],
      [
        'a table index that is none',
        frame(frameType.headers, flag.endHeaders | flag.endStream, 1, Buffer.from([0xff, 0xff, 0xff, 0x7f])),
      ],
      [
        'a number that never ends',
        frame(frameType.headers, flag.endHeaders | flag.endStream, 1, Buffer.alloc(64, 0xff)),
      ],
      ['a continuation of nothing', frame(frameType.continuation, flag.endHeaders, 1, fields(get('/version')))],
      ['no HTTP/2 at all', Buffer.from('GET / HTTP/1.1\r\nHost: a\r\n\r\n')],
    ])('of %s ends the connection', async (_, bytes) => {
      const session = await rawSession(victim())
      session.write(bytes)
      await vi.waitFor(() => expect(session.isClosed()).toBe(true), 10_000)
    })
  })
}

const cancel = Buffer.from('00000008', 'hex')

async function answered(session: RawSession, stream: number): Promise<void> {
  await vi.waitFor(() =>
    expect(
      session.isClosed() || session.received.some(one => one.stream === stream && one.type === frameType.headers),
    ).toBe(true),
  )
}

/** Sends on until the server ends the connection, which it must; a hundred thousand frames at most. */
async function flood(session: RawSession, next: (i: number) => readonly Buffer[]): Promise<void> {
  for (let i = 0; i < 100_000 && !session.isClosed(); ) {
    const batch: Buffer[] = []
    for (const end = i + 500; i < end; i++) batch.push(...next(i))
    const goesOn = session.write(...batch)
    if (goesOn) await new Promise(resolve => setImmediate(resolve))
    else await Promise.race([session.closed, new Promise(resolve => session.socket.once('drain', resolve))])
  }
  await vi.waitFor(() => expect(session.isClosed(), 'the server still takes it').toBe(true), 10_000)
}
