import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls, DEFAULT_MIN_VERSION, type SecureVersion } from 'node:tls'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { maxOpenFiles, type Victim } from './victim.ts'
import { ask, codes, dial, everything, requestText } from './wire.ts'

const team = '/api/v1/namespaces/team'
const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'

/** Too much, too slow, too deep, too old. */
export function exhaustion(victim: () => Victim): void {
  describe('slow clients', () => {
    it('by the hundred keep nobody else from being served', async () => {
      const { objects, port } = victim()
      const half: Socket[] = []
      try {
        for (let i = 0; i < 150; i++) {
          // nothing at all; the beginning of a handshake
          const silent = connectTcp(port, '127.0.0.1')
          const hello = connectTcp(port, '127.0.0.1', () => hello.write(Buffer.from('16030100c8010000c40303', 'hex')))
          half.push(silent, hello)
        }
        for (const socket of half) socket.on('error', () => undefined)
        const slow = await Promise.all(Array.from({ length: 150 }, () => dial(victim(), objects.mallory)))
        half.push(...slow)
        for (const [i, socket] of slow.entries()) {
          const length: [string, string][] = [
            ['Content-Type', 'application/json'],
            ['Content-Length', '1000'],
          ]
          // the headers never end; the body never does
          socket.write(
            i % 2 === 0
              ? 'GET /version HTTP/1.1\r\nHost: a\r\nX: '
              : requestText('POST', `${team}/pods?slow`, length, '{'),
          )
        }
        for (let i = 0; i < 20; i++) {
          for (const socket of slow) if (!socket.destroyed) socket.write('a')
          expect((await ask(victim(), objects.viewer, 'GET', `${team}/pods`)).status).toBe(200)
        }
        // bodies are waited for as long as --request-timeout says
        const text = await everything(slow[1] as (typeof slow)[number])
        expect(codes(text)).toEqual([504])
        await victim().audit.tells({ user: 'mallory', verb: 'create', code: 504, path: `${team}/pods?slow` })
      } finally {
        for (const socket of half) socket.destroy()
      }
    })

    it('who come in ever greater numbers get no more than there is', async () => {
      const { objects, output, admin } = victim()
      const idle: Socket[] = []
      const before = output().length
      try {
        for (let wave = 0; wave < 10; wave++) {
          for (let i = 0; i < 100; i++) {
            const plain = connectTcp(victim().port, '127.0.0.1')
            const secure = connectTls({ host: '127.0.0.1', port: victim().port, rejectUnauthorized: false })
            for (const socket of [plain, secure]) idle.push(socket.on('error', () => undefined).resume())
          }
          // somebody new, and somebody who was here before
          expect((await ask(victim(), objects.viewer, 'GET', `${team}/pods?wave=${wave}`)).status).toBe(200)
          expect((await admin.raw('GET', `${team}/pods`)).status).toBe(200)
          expect((await readdir(`/proc/${victim().pid}/fd`)).length).toBeLessThan(maxOpenFiles - 200)
        }
        const { body } = await admin.raw('GET', '/metrics')
        const refused = String(body).match(/^apiserver_refused_connections_total\{.*\} \d+$/gm) ?? []
        const sum = refused.reduce((all, line) => all + Number(line.split(' ').at(-1)), 0)
        expect(sum, refused.join('\n')).toBeGreaterThan(1_000)
        const said = output().slice(before)
        expect(said).not.toContain('EMFILE')
        const told = said.split('too many connections').length - 1
        expect([1, 2, 3], 'times it was said').toContain(told)
        await victim().audit.tells({ user: 'viewer', verb: 'list', code: 200, path: `${team}/pods?wave=9` })
      } finally {
        for (const socket of idle) socket.destroy()
      }
    })

    it('who never read an answer are cut off, and cost little', async () => {
      const { objects } = victim()
      const lazy = await Promise.all(Array.from({ length: 20 }, () => dial(victim(), objects.viewer)))
      for (const socket of lazy) {
        socket.pause()
        for (let i = 0; i < 200; i++) socket.write(requestText('GET', `${team}/pods`))
      }
      expect((await ask(victim(), objects.viewer, 'GET', `${team}/pods`)).status).toBe(200)
      for (const socket of lazy) socket.destroy()
    })

    it('who ask for another protocol before they have their answer are cut off', async () => {
      const { objects } = victim()
      const upgrade: [string, string][] = [
        ['Connection', 'Upgrade'],
        ['Upgrade', 'websocket'],
        ['Sec-WebSocket-Version', '13'],
        ['Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ=='],
      ]
      const socket = await dial(victim(), objects.viewer)
      const text = everything(socket)
      const exec = `${team}/pods/a/exec?command=id`
      socket.write(requestText('GET', `${team}/pods?watch=1`) + requestText('GET', exec, upgrade))
      expect(codes(await text)).not.toContain(101)
    })
  })

  describe('a handshake', () => {
    const shake = (options: object) =>
      new Promise<string>(resolve => {
        const socket = connectTls(
          { host: '127.0.0.1', port: victim().port, rejectUnauthorized: false, ...options },
          () => {
            resolve(`${socket.getProtocol()} ${socket.getCipher().name}`)
            socket.destroy()
          },
        )
        socket.on('error', error => resolve(`refused: ${error.message}`))
      })

    it.each(['TLSv1', 'TLSv1.1'] as SecureVersion[])('of %s is refused', async version => {
      expect(await shake({ minVersion: version, maxVersion: version, ciphers: 'ALL:@SECLEVEL=0' })).toMatch(/^refused/)
    })

    it.each([
      'AES128-SHA',
      'AES256-GCM-SHA384',
      'aNULL:@SECLEVEL=0',
      'eNULL:@SECLEVEL=0',
      'PSK',
      'DHE-RSA-AES128-SHA',
      'CAMELLIA256-SHA',
    ])('with %s is refused', async ciphers => {
      expect(await shake({ maxVersion: 'TLSv1.2', ciphers })).toMatch(/^refused/)
    })

    it('is never done anew on a connection', async () => {
      expect(DEFAULT_MIN_VERSION).toBe('TLSv1.2')
      const socket = await dial(victim(), { maxVersion: 'TLSv1.2' })
      const error = await new Promise<Error | null>(resolve => {
        socket.once('error', resolve)
        socket.once('close', () => resolve(new Error('closed')))
        socket.renegotiate({}, resolve)
      })
      socket.destroy()
      expect(error).not.toBeNull()
    })

    it('with what is no TLS ends at once', async () => {
      for (const bytes of [Buffer.from('GET / HTTP/1.1\r\n\r\n'), Buffer.alloc(100_000, 0x41)]) {
        const socket = connectTcp(victim().port, '127.0.0.1')
        socket.on('error', () => undefined)
        socket.resume()
        const closed = new Promise(resolve => socket.once('close', resolve))
        socket.end(bytes)
        await closed
      }
    })
  })

  describe('a body', () => {
    const post = (path: string, body: string | Buffer, type = 'application/json', headers = {}) =>
      ask(victim(), victim().objects.mallory, 'POST', path, body, { 'content-type': type, ...headers })

    it('of more than 3 MiB is refused, whether it says so or not', async () => {
      const path = `${team}/pods?large`
      const said = await post(path, Buffer.alloc(4 * 1024 * 1024, 0x20))
      expect([said.status, JSON.parse(said.text).message]).toEqual([413, 'Request entity too large: limit is 3145728'])
      await victim().audit.tells({ user: 'mallory', verb: 'create', code: 413, path })
      const socket = await dial(victim(), victim().objects.mallory)
      const answer = everything(socket)
      socket.write(
        requestText('POST', `${team}/pods?endless`, [
          ['Content-Type', 'application/json'],
          ['Transfer-Encoding', 'chunked'],
        ]),
      )
      const chunk = Buffer.concat([Buffer.from('10000\r\n'), Buffer.alloc(0x10000, 0x20), Buffer.from('\r\n')])
      for (let sent = 0; sent < 1_000 && !socket.destroyed; sent++)
        if (!socket.write(chunk)) await Promise.race([once(socket, 'drain').catch(() => undefined), answer])
      expect([[413], []]).toContainEqual(codes(await answer))
      await victim().audit.tells({ user: 'mallory', verb: 'create', code: 413, path: `${team}/pods?endless` })
    })

    it('that is packed is not unpacked', async () => {
      const bomb = gzipSync(Buffer.alloc(100 * 1024 * 1024, 0x20))
      const answer = await post(`${team}/pods?packed`, bomb, 'application/json', { 'content-encoding': 'gzip' })
      expect(answer.status).toBe(400)
      await victim().audit.tells({ user: 'mallory', verb: 'create', code: 400, path: `${team}/pods?packed` })
    })

    const deep = (open: string, close: string, depth = 200_000) => open.repeat(depth) + close.repeat(depth)
    const laughs = [
      'a: &a [x,x,x,x,x,x,x,x,x,x]',
      ...'bcdefghi'.split('').map((name, i) => `${name}: &${name} [${Array(10).fill(`*${'abcdefgh'[i]}`)}]`),
    ].join('\n')
    it.each<[string, string | Buffer, string]>([
      ['nested lists', deep('[', ']'), 'application/json'],
      ['nested objects', `${'{"a":'.repeat(200_000)}1${'}'.repeat(200_000)}`, 'application/json'],
      [
        'nested objects inside a pod',
        `{"metadata":{"name":"a","annotations":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}}}`,
        'application/json',
      ],
      ['a million fields', `{${Array.from({ length: 250_000 }, (_, i) => `"a${i}":1`).join(',')}}`, 'application/json'],
      [
        'a number of a million digits',
        `{"spec":{"terminationGracePeriodSeconds":${'9'.repeat(1_000_000)}}}`,
        'application/json',
      ],
      ['aliases of aliases in YAML', laughs, 'application/yaml'],
      ['nested lists in YAML', deep('[', ']', 50_000), 'application/yaml'],
      [
        'merges of merges in YAML',
        `a: &a {${Array.from({ length: 1_000 }, (_, i) => `k${i}: 1`)}}\n${Array.from({ length: 1_000 }, (_, i) => `b${i}: {<<: *a}`).join('\n')}`,
        'application/yaml',
      ],
      ['quotes and quotes in YAML', '"'.repeat(3_000_000), 'application/yaml'],
      ['very many words in YAML', `a: [${'1,'.repeat(1_000_000)}]`, 'application/yaml'],
      [
        'nested messages in protobuf',
        Buffer.concat([Buffer.from('k8s\0'), Buffer.alloc(100_000, 0x0a)]),
        'application/vnd.kubernetes.protobuf',
      ],
      [
        'a length beyond the end in protobuf',
        Buffer.concat([Buffer.from('k8s\0'), Buffer.from('12ffffffffffffffff7f', 'hex')]),
        'application/vnd.kubernetes.protobuf',
      ],
      [
        'keys that are everybody’s',
        '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},"metadata":{"__proto__":{"name":"x"}}}',
        'application/json',
      ],
      ['text that is none', Buffer.from('ff00fe', 'hex'), 'application/json'],
      ['a type of its own', '{}', `application/${'x'.repeat(10_000)}`],
    ])('of %s is refused', async (what, body, type) => {
      const path = `${team}/pods?body=${encodeURIComponent(what)}`
      const answer = await post(path, body, type)
      expect(answer.status, answer.text.slice(0, 300)).toBeGreaterThanOrEqual(400)
      expect(answer.status, answer.text.slice(0, 300)).toBeLessThan(500)
      await victim().audit.tells({ user: 'mallory', verb: 'create', code: answer.status, path })
    })

    it('of a patch that grows with each step is refused', async () => {
      const admin = await victim().user('kubernetes-admin', ['system:masters'])
      await ask(victim(), admin, 'POST', `${team}/configmaps`, {
        metadata: { name: 'grows' },
        data: { a: 'a'.repeat(1_000) },
      })
      const doubling = Array.from({ length: 40 }, (_, i) => [
        { op: 'copy', from: '/data', path: `/metadata/annotations` },
        { op: 'copy', from: '/metadata', path: `/data/x${i}` },
      ]).flat()
      const many = Array.from({ length: 10_001 }, () => ({ op: 'test', path: '/kind', value: 'ConfigMap' }))
      for (const [what, patch] of [
        ['doubling', doubling],
        ['many', many],
      ] as const) {
        const path = `${team}/configmaps/grows?patch=${what}`
        const type = { 'content-type': 'application/json-patch+json' }
        const answer = await ask(victim(), admin, 'PATCH', path, patch, type)
        expect(answer.status, answer.text.slice(0, 300)).toBeGreaterThanOrEqual(400)
        expect(answer.status, answer.text.slice(0, 300)).toBeLessThan(500)
        await victim().audit.tells({ user: 'kubernetes-admin', verb: 'patch', code: answer.status, path })
      }
    })
  })

  describe('an expression', () => {
    it('of a selector that is long or strange costs little', async () => {
      const { objects } = victim()
      const selectors = [
        `a in (${Array.from({ length: 20_000 }, (_, i) => `v${i}`).join(',')})`,
        '('.repeat(50_000),
        `${'a'.repeat(100_000)}!`,
        `a=${'-'.repeat(50_000)}`,
        Array.from({ length: 10_000 }, (_, i) => `k${i}!=v`).join(','),
        `${'a.'.repeat(20_000)}b/c`,
      ]
      for (const selector of selectors)
        for (const name of ['labelSelector', 'fieldSelector']) {
          const answer = await ask(
            victim(),
            objects.viewer,
            'GET',
            `${team}/pods?${name}=${encodeURIComponent(selector)}`,
          )
          expect([200, 400, 431], `${name}=${selector.slice(0, 20)}`).toContain(answer.status)
        }
    })

    it('of a pattern that would go back and forth costs little', async () => {
      const admin = await victim().user('kubernetes-admin', ['system:masters'])
      const spec = {
        type: 'object',
        properties: { a: { type: 'string', pattern: '^(([a-z])+.)+[A-Z]([a-z])+$', maxLength: 100_000 } },
      }
      const definition = (schema: object, plural: string, kind: string) => ({
        metadata: { name: `${plural}.attack.example` },
        spec: {
          group: 'attack.example',
          scope: 'Namespaced',
          names: { plural, kind },
          versions: [
            {
              name: 'v1',
              served: true,
              storage: true,
              schema: { openAPIV3Schema: { type: 'object', properties: { spec: schema } } },
            },
          ],
        },
      })
      expect((await ask(victim(), admin, 'POST', definitions, definition(spec, 'evils', 'Evil'))).status).toBe(201)
      const costly = {
        type: 'object',
        properties: { a: { type: 'array', items: { type: 'array', items: { type: 'string' } } } },
        'x-kubernetes-validations': [{ rule: 'self.a.all(x, self.a.all(y, x.all(z, y.all(w, z.matches(w)))))' }],
      }
      const path = `${definitions}?cel`
      const refused = await ask(victim(), admin, 'POST', path, definition(costly, 'costlies', 'Costly'))
      expect(refused.status, refused.text.slice(0, 500)).toBe(422)
      expect(refused.text).toContain('estimated rule cost exceeds budget')
      await victim().audit.tells({ user: 'kubernetes-admin', verb: 'create', code: 422, path })
    })
  })
}
