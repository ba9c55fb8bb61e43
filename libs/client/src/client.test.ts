import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import type { Pod } from '@kubets/api-types'
import { ApiError } from '@kubets/apimachinery'
import { describe, expect, test } from 'vitest'
import { type ClientOptions, createClient } from './client.ts'
import type { Client, WatchEvent } from './contract.ts'
import { resources } from './resources.ts'
import { startTestServer, type TestRequest, type TestServer } from './test-server.ts'

async function withServer(
  handler: (request: TestRequest) => void,
  body: (client: Client, server: TestServer) => Promise<void>,
  options: ClientOptions = {},
): Promise<void> {
  await using server = await startTestServer(handler)
  await using client = createClient({ server: server.url, token: 'secret' }, options)
  await body(client, server)
}

const pod = (name: string): Pod => ({ metadata: { name, namespace: 'default' } }) as Pod

describe('requests', () => {
  test('each verb goes to its path with its body and query', async () => {
    await withServer(
      request => request.json(200, { kind: 'Pod', metadata: { name: 'a' }, items: [] }),
      async (client, server) => {
        await client.get(resources.pods, { namespace: 'default', name: 'a' })
        await client.list(resources.pods, { labelSelector: 'app in (a,b)', limit: 5 })
        await client.create(resources.pods, pod('a'), { dryRun: true })
        await client.update(resources.pods, pod('a'), { subresource: 'status' })
        await client.patch(resources.nodes, { name: 'n' }, 'strategic', { spec: {} }, { fieldManager: 'm' })
        await client.delete(resources.pods, { namespace: 'default', name: 'a' }, { gracePeriodSeconds: 0 })
        await client.create(
          resources.pods,
          { apiVersion: 'v1', kind: 'Binding', metadata: { name: 'a', namespace: 'default' } },
          { subresource: 'binding' },
        )
        expect(server.requests.map(r => `${r.method} ${r.path}?${r.query}`)).toEqual([
          'GET /api/v1/namespaces/default/pods/a?',
          'GET /api/v1/pods?labelSelector=app+in+%28a%2Cb%29&limit=5',
          'POST /api/v1/namespaces/default/pods?dryRun=All',
          'PUT /api/v1/namespaces/default/pods/a/status?',
          'PATCH /api/v1/nodes/n?fieldManager=m',
          'DELETE /api/v1/namespaces/default/pods/a?',
          'POST /api/v1/namespaces/default/pods/a/binding?',
        ])
        expect(server.requests[0]?.headers.authorization).toBe('Bearer secret')
        expect(server.requests[4]?.headers['content-type']).toBe('application/strategic-merge-patch+json')
        expect(JSON.parse(server.requests[5]?.body ?? '')).toEqual({
          kind: 'DeleteOptions',
          apiVersion: 'v1',
          gracePeriodSeconds: 0,
        })
        expect(server.sessions.size).toBe(1)
      },
    )
  })

  test('an answer of 400 and above is thrown with its Status', async () => {
    const status = { kind: 'Status', status: 'Failure', reason: 'NotFound', code: 404, message: 'pods "a" not found' }
    await withServer(
      request => request.json(404, status),
      async client => {
        const error = await client.get(resources.pods, { namespace: 'x', name: 'a' }).catch(e => e)
        expect(error).toBeInstanceOf(ApiError)
        expect(error.status).toMatchObject(status)
        expect(error.message).toBe('pods "a" not found')
      },
    )
  })

  test('an answer that is no Status is thrown with its code and text', async () => {
    await withServer(
      request => {
        request.stream.respond({ ':status': 502 })
        request.stream.end('bad gateway')
      },
      async client => {
        const error = await client.list(resources.pods).catch(e => e)
        expect(error.status).toMatchObject({ code: 502, reason: 'InternalError' })
        expect(error.message).toContain('bad gateway')
      },
    )
  })

  test('429 with Retry-After is sent again, without it is thrown', async () => {
    let count = 0
    await withServer(
      request => (count++ < 2 ? request.json(429, {}, { 'retry-after': '0' }) : request.json(201, pod('a'))),
      async (client, server) => {
        await client.create(resources.pods, pod('a'))
        expect(count).toBe(3)
        server.handler = request => request.json(429, {})
        await expect(client.create(resources.pods, pod('a'))).rejects.toMatchObject({ status: { code: 429 } })
      },
    )
  })

  test('a Retry-After that is never satisfied ends after ten retries', async () => {
    await withServer(
      request => request.json(429, {}, { 'retry-after': '0' }),
      async (client, server) => {
        await expect(client.list(resources.pods)).rejects.toMatchObject({ status: { code: 429 } })
        expect(server.requests.length).toBe(11)
      },
    )
  })

  test('an aborted request rejects at once and its stream is cancelled', async () => {
    await withServer(
      () => undefined,
      async (client, server) => {
        const abort = new AbortController()
        const pending = client.list(resources.pods, { signal: abort.signal })
        await expect.poll(() => server.requests.length).toBe(1)
        abort.abort(new Error('enough'))
        await expect(pending).rejects.toThrow('enough')
        await expect.poll(() => server.requests[0]?.stream.closed).toBe(true)
      },
    )
  })

  test('a server that does not answer is given up after the timeout', async () => {
    await withServer(
      () => undefined,
      async client => {
        await expect(client.list(resources.pods)).rejects.toThrow('no answer to GET /api/v1/pods in 50 ms')
      },
      { requestTimeout: 50 },
    )
  })
})

describe('the connection', () => {
  test('a killed server: waiting requests fail with the address, later ones find it again', async () => {
    await withServer(
      request => request.json(200, { items: [] }),
      async (client, server) => {
        await client.list(resources.pods)
        await server.kill()
        await expect(client.list(resources.pods)).rejects.toThrow(`connect to ${server.url}`)
        await server.start()
        await client.list(resources.pods)
      },
    )
  })

  test('a GET whose connection breaks is sent again on a new one, a POST is not', async () => {
    let broken = 0
    await withServer(
      request => {
        if (broken++ === 0) request.stream.session?.destroy()
        else request.json(200, { items: [] })
      },
      async (client, server) => {
        await client.list(resources.pods)
        expect(broken).toBe(2)
        broken = 0
        await expect(client.create(resources.pods, pod('a'))).rejects.toThrow('connection lost')
        expect(server.requests.filter(r => r.method === 'POST').length).toBe(1)
      },
    )
  })

  test('after GOAWAY running streams finish and new requests use a new connection', async () => {
    const held: TestRequest[] = []
    await withServer(
      request => held.push(request),
      async (client, server) => {
        const first = client.list(resources.pods)
        await expect.poll(() => held.length).toBe(1)
        for (const session of server.sessions) session.goaway()
        const second = client.list(resources.nodes)
        await expect.poll(() => held.length).toBe(2)
        expect(held[1]?.stream.session).not.toBe(held[0]?.stream.session)
        for (const request of held) request.json(200, { items: [{ metadata: { name: request.path } }] })
        expect((await first).items[0]?.metadata?.name).toBe('/api/v1/pods')
        expect((await second).items[0]?.metadata?.name).toBe('/api/v1/nodes')
      },
    )
  })

  test('a request that waits for a server which says nothing is given up at once when it is told to', async () => {
    const silent = createServer(socket => void socket.on('error', () => undefined)).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const connected = once(silent, 'connection')
    await using client = createClient({ server: `https://127.0.0.1:${(silent.address() as AddressInfo).port}` })
    const ended = new AbortController()
    const listing = client.list(resources.pods, { signal: ended.signal })
    const [socket] = await connected
    const reason = new Error('no longer needed')
    ended.abort(reason)
    await expect(listing).rejects.toBe(reason)
    socket.destroy()
    silent.close()
  })

  test('more waiting requests than the bound fail at once', async () => {
    const client = createClient({ server: 'http://127.0.0.1:1' }, { maxWaiting: 2, minPause: 1_000 })
    await client.list(resources.pods).catch(() => undefined) // from here on a pause holds the dial
    const waiting = [client.list(resources.pods), client.list(resources.pods)].map(p => p.catch(e => e))
    await expect(client.list(resources.pods)).rejects.toThrow('2 requests already wait')
    await client[Symbol.asyncDispose]()
    for (const error of await Promise.all(waiting)) expect(error.message).toContain('closed')
  })

  test('a peer that answers no ping is given up', async () => {
    // a TCP server that speaks no http2 after the preface
    const { createServer } = await import('node:net')
    const silent = createServer(socket => socket.on('error', () => undefined).resume())
    await new Promise<void>(resolve => silent.listen(0, '127.0.0.1', resolve))
    const { port } = silent.address() as { port: number }
    await using client = createClient(
      { server: `http://127.0.0.1:${port}` },
      { pingInterval: 20, pingTimeout: 30, requestTimeout: 10_000 },
    )
    await expect(client.create(resources.pods, pod('a'))).rejects.toThrow('connection lost')
    silent.close()
  })
})

describe('watch', () => {
  test('lines are joined over any chunk boundary, also inside a character', async () => {
    const events = ['é', '日本', 'plain'].map(name => ({ type: 'ADDED', object: { metadata: { name } } }))
    const bytes = Buffer.from(events.map(e => `${JSON.stringify(e)}\n`).join(''))
    await withServer(
      async request => {
        request.stream.respond({ ':status': 200 })
        for (const byte of bytes) {
          request.stream.write(Buffer.from([byte]))
          if (byte > 127) await new Promise(resolve => setImmediate(resolve))
        }
        request.stream.end()
      },
      async client => {
        const seen: WatchEvent<Pod>[] = []
        for await (const event of client.watch<Pod>(resources.pods)) seen.push(event)
        expect(seen).toEqual(events)
      },
    )
  })

  test('it ends quietly at abort, throws the Status of a refusal, throws when the connection breaks', async () => {
    await withServer(
      request => {
        request.stream.respond({ ':status': 200 })
        request.stream.write('{"type":"ADDED","object":{}}\n')
      },
      async (client, server) => {
        const abort = new AbortController()
        let count = 0
        for await (const _ of client.watch(resources.pods, { signal: abort.signal })) {
          count++
          abort.abort()
        }
        expect(count).toBe(1)

        const broken = (async () => {
          for await (const _ of client.watch(resources.pods)) for (const s of server.sessions) s.destroy()
        })()
        await expect(broken).rejects.toThrow('connection lost')

        server.handler = request => request.json(410, { kind: 'Status', code: 410, reason: 'Expired', message: 'old' })
        const expired = (async () => {
          for await (const _ of client.watch(resources.pods));
        })()
        await expect(expired).rejects.toMatchObject({ status: { reason: 'Expired' } })
      },
    )
  })

  test('watches that nobody reads do not hold up requests on the same connection', async () => {
    await withServer(
      request => {
        if (!request.query.has('watch')) return request.json(200, { items: [] })
        request.stream.respond({ ':status': 200 })
        const line = `${JSON.stringify({ type: 'ADDED', object: { data: 'x'.repeat(100_000) } })}\n`
        for (let i = 0; i < 100; i++) request.stream.write(line) // 10 MB each
      },
      async client => {
        const stalled = Array.from({ length: 30 }, () => client.watch(resources.pods)[Symbol.asyncIterator]())
        for (const watch of stalled) expect((await watch.next()).value.type).toBe('ADDED')
        for (let i = 0; i < 50; i++) await client.list(resources.nodes)
        for (const watch of stalled) await watch.return?.(undefined)
      },
    )
  })
})
