import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestApiServer, testApiServer } from '../testing/api-server.ts'
import { http1Client, http2Client } from '../testing/http-client.ts'

let api: TestApiServer
beforeAll(async () => {
  api = await testApiServer({ tokens: 'sekret,bob,7,"dev,ops"\n' })
})
afterAll(() => api[Symbol.asyncDispose]())

describe('the outer surface', () => {
  it('answers every path that / lists, over HTTP/1.1 and HTTP/2 alike', async () => {
    const { json } = await api.h1.request('GET', '/')
    const paths: string[] = json.paths
    expect(paths).toEqual(
      expect.arrayContaining([
        '/api/v1',
        '/apis/coordination.k8s.io/v1',
        '/healthz/etcd',
        '/livez',
        '/metrics',
        '/openapi/v3',
        '/readyz',
        '/version',
      ]),
    )
    for (const path of paths) {
      const one = await api.h1.request('GET', path)
      const two = await api.h2.request('GET', path)
      expect([path, one.status, two.status]).toEqual([path, 200, 200])
      expect(two.headers['content-type']).toEqual(one.headers['content-type'])
      if (path !== '/metrics') expect(two.text).toBe(one.text)
    }
  })

  it.each(['h1', 'h2'] as const)('knows no other paths (%s)', async which => {
    for (const path of ['/nope', '/apis/nowhere.example.com/v1/things', '/healthz/nope']) {
      const reply = await api[which].request('GET', path)
      expect([path, reply.status, reply.text]).toEqual([path, 404, '404 page not found\n'])
      expect(reply.headers['content-type']).toBe('text/plain; charset=utf-8')
    }
  })

  it('says of all checks at once that a browser must not guess what it is, and nothing of one, as upstream', async () => {
    const nosniff = async (path: string) => (await api.h1.request('GET', path)).headers['x-content-type-options']
    expect([await nosniff('/readyz'), await nosniff('/readyz/ping')]).toEqual(['nosniff', undefined])
  })

  it('tells its version to GET alone', async () => {
    for (const method of ['POST', 'OPTIONS', 'DELETE']) {
      const reply = await api.h1.request(method, '/version')
      expect([method, reply.status, reply.json.reason]).toEqual([method, 405, 'MethodNotAllowed'])
    }
  })

  it('gives OpenAPI v3 documents that are named by their hash, for good', async () => {
    const { json } = await api.h2.request('GET', '/openapi/v3')
    const url: string = json.paths['api/v1'].serverRelativeURL
    const named = await api.h2.request('GET', url)
    expect([named.status, named.headers['cache-control']]).toEqual([200, 'public, immutable'])
    const stale = await api.h2.request('GET', '/openapi/v3/api/v1?hash=old')
    expect([stale.status, stale.headers.location]).toEqual([301, url])
    const again = await api.h2.request('GET', url, { headers: { 'if-none-match': String(named.headers.etag) } })
    expect([again.status, again.text]).toEqual([304, ''])
    expect((await api.h2.request('GET', '/openapi/v3/apis/nowhere/v1')).status).toBe(404)
  })

  it('gives OpenAPI v2 as JSON and as the protobuf that kubectl reads', async () => {
    const json = await api.h2.request('GET', '/openapi/v2')
    expect(json.json.definitions['io.k8s.api.core.v1.Pod'].properties.spec.$ref).toBe(
      '#/definitions/io.k8s.api.core.v1.PodSpec',
    )
    const accept = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf'
    const { status, headers, body } = await api.h2.stream('GET', '/openapi/v2', { headers: { accept } })
    const bytes = Buffer.concat(await body.toArray())
    expect([status, headers['content-type'], headers.etag]).toEqual([
      200,
      'application/com.github.proto-openapi.spec.v2.v1.0+protobuf',
      json.headers.etag,
    ])
    // field 1: the version
    expect(bytes.subarray(0, 5)).toEqual(Buffer.from('0a03322e30', 'hex'))
    expect(bytes.includes('io.k8s.api.core.v1.PodSpec')).toBe(true)
    expect((await api.h2.request('GET', '/openapi/v2', { headers: { accept: 'text/html' } })).status).toBe(406)
  })

  it.each(['h1', 'h2'] as const)('gives OpenAPI in parts over %s', async which => {
    const ask = async (path: string, headers: Record<string, string>, method = 'GET') => {
      const reply = await api[which].stream(method, path, { headers })
      return { ...reply, bytes: Buffer.concat(await reply.body.toArray()) }
    }
    for (const path of ['/openapi/v2', '/openapi/v3/apis/apps/v1']) {
      const all = await ask(path, {})
      const size = all.bytes.length
      const shown = { etag: all.headers.etag, 'last-modified': all.headers['last-modified'], 'accept-ranges': 'bytes' }
      expect(all.headers).toMatchObject({ ...shown, 'last-modified': expect.stringMatching(/ GMT$/) })
      for (const method of ['GET', 'POST', 'OPTIONS']) {
        const one = await ask(path, { range: 'bytes=10-19', 'if-range': String(shown.etag) }, method)
        expect([one.status, one.bytes.toString()]).toEqual([206, all.bytes.toString('utf8', 10, 20)])
        const expected = { ...shown, 'content-range': `bytes 10-19/${size}`, 'content-type': 'application/json' }
        expect(one.headers).toMatchObject({ ...expected, 'content-length': '10' })
      }
      const several = await ask(path, { range: 'bytes=0-2,-3' })
      const type = String(several.headers['content-type'])
      const [, boundary] = /^multipart\/byteranges; boundary=([0-9a-f]{60})$/.exec(type) ?? []
      const part = (range: string, text: string) =>
        `--${boundary}\r\nContent-Range: bytes ${range}/${size}\r\nContent-Type: application/json\r\n\r\n${text}\r\n`
      const texts = [all.bytes.toString('utf8', 0, 3), all.bytes.toString('utf8', size - 3)] as const
      expect([several.status, several.headers['content-range'], several.bytes.toString()]).toEqual([
        206,
        undefined,
        `${part('0-2', texts[0])}${part(`${size - 3}-${size - 1}`, texts[1])}--${boundary}--\r\n`,
      ])
      const beyond = await ask(path, { range: `bytes=${size}-` })
      expect([beyond.status, beyond.bytes.toString()]).toEqual([416, 'invalid range: failed to overlap\n'])
      expect(beyond.headers).toMatchObject({
        'content-range': `bytes */${size}`,
        'content-type': 'text/plain; charset=utf-8',
        'x-content-type-options': 'nosniff',
      })
      expect(beyond.headers).not.toHaveProperty('etag')
      const bad = await ask(path, { range: 'bytes=5-2' })
      expect([bad.status, bad.headers['content-range'], bad.bytes.toString()]).toEqual([
        416,
        undefined,
        'invalid range\n',
      ])
      for (const headers of [
        { range: 'bytes=0-1', 'if-range': '"other"' },
        { range: 'bytes=0-,0-1' },
        { range: `bytes=${'0-0,'.repeat(1_001)}` },
      ]) {
        const answer = await ask(path, headers)
        expect([answer.status, answer.bytes.equals(all.bytes)]).toEqual([200, true])
      }
      expect((await ask(path, { 'if-match': '"other"' })).status).toBe(412)
      const head = await ask(path, { range: 'bytes=0-9', 'accept-encoding': 'gzip' }, 'HEAD')
      expect([head.status, head.headers['content-length'], head.bytes.length]).toEqual([206, '10', 0])
    }
    const packed = await ask('/openapi/v2', { range: 'bytes=0-99999', 'accept-encoding': 'gzip' })
    expect([packed.status, packed.headers['content-encoding'], gunzipSync(packed.bytes).length]).toEqual([
      206,
      'gzip',
      100_000,
    ])
    for (const path of ['/openapi/v2/', '/openapi/v3/']) expect((await ask(path, {})).status, path).toBe(404)
  })

  it('gives OpenAPI v3 as the protobuf that client-go asks for', async () => {
    const asked = 'application/com.github.proto-openapi.spec.v3@v1.0+protobuf'
    const type = 'application/com.github.proto-openapi.spec.v3.v1.0+protobuf'
    const json = await api.h2.request('GET', '/openapi/v3/apis/apps/v1')
    for (const accept of [asked, type, `${asked}, application/json`, `application/json;q=0.5, ${type}`]) {
      const reply = await api.h2.stream('GET', '/openapi/v3/apis/apps/v1', { headers: { accept } })
      expect(reply.status).toBe(200)
      expect(reply.headers).toMatchObject({ 'content-type': type, etag: json.headers.etag, vary: 'Accept' })
      // field 1: the version
      expect(Buffer.concat(await reply.body.toArray()).subarray(0, 7)).toEqual(Buffer.from('0a05332e302e30', 'hex'))
    }
    const neither = await api.h2.request('GET', '/openapi/v3/apis/apps/v1', { headers: { accept: 'text/html' } })
    expect(neither.status).toBe(406)
  })

  it('reports checks with ?verbose and leaves out what is excluded', async () => {
    const reply = await api.h2.request('GET', '/readyz?verbose&exclude=etcd')
    expect(reply.text).toContain('[+]etcd excluded: ok\n')
    expect(reply.text).toContain('readyz check passed\n')
  })

  it('shows health and version to anybody, nothing else', async () => {
    await using h1 = http1Client(api.connection)
    await using h2 = await http2Client(api.connection)
    for (const client of [h1, h2]) {
      for (const path of ['/healthz', '/livez', '/readyz', '/version'])
        expect([path, (await client.request('GET', path)).status]).toEqual([path, 200])
      for (const path of ['/', '/metrics', '/api', '/api/v1/namespaces', '/openapi/v3']) {
        const reply = await client.request('GET', path)
        expect([path, reply.status, reply.json.message]).toEqual([path, 401, 'Unauthorized'])
      }
    }
  })

  it('knows bearer tokens, and refuses wrong ones even where nobody need be known', async () => {
    await using client = http1Client(api.connection)
    const asked = (token: string) =>
      client.request('GET', '/api/v1/namespaces', { headers: { authorization: `Bearer ${token}` } })
    expect((await asked('sekret')).status).toBe(200)
    expect((await asked('wrong')).status).toBe(401)
    expect((await client.request('GET', '/version', { headers: { authorization: 'Bearer wrong' } })).status).toBe(401)
  })

  it('counts requests under upstream’s names', async () => {
    await api.h1.request('GET', '/api/v1/namespaces/default')
    const { text } = await api.h1.request('GET', '/metrics')
    expect(text).toMatch(/^process_open_fds [1-9]\d+$/m)
    // would walk over all connections
    expect(text).not.toMatch(/^nodejs_active_/m)
    expect(text).toMatch(
      /^apiserver_request_total\{verb="GET",group="",version="v1",resource="namespaces",.*code="200"\} [1-9]/m,
    )
    expect(text).toMatch(/^apiserver_request_duration_seconds_bucket\{verb="GET",.*le="\+Inf"\} [1-9]/m)
  })
})

describe('the listener', () => {
  it('names the port that is in use', async () => {
    await expect(testApiServer({ port: api.server.port })).rejects.toThrow(
      new RegExp(`port ${api.server.port} on 127.0.0.1 is already in use`),
    )
  })

  it('refuses everything under AlwaysDeny, in upstream’s words', async () => {
    await using denying = await testApiServer({ authorization: ['AlwaysDeny'] })
    const pods = '/api/v1/namespaces/default/pods'
    // but for system:masters, who may everything always
    expect((await denying.h2.request('GET', pods)).status).toBe(200)
    const reply = await denying.h2.request('GET', pods, { headers: { 'impersonate-user': 'kubernetes-admin' } })
    expect(reply.status).toBe(403)
    expect(reply.json.message).toBe(
      'pods is forbidden: User "kubernetes-admin" cannot list resource "pods" in API group "" in the namespace "default": Everything is forbidden.',
    )
  })
})
