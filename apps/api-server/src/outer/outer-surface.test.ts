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

  it.each(['h1', 'h2'] as const)('tells unknown paths as a Status (%s)', async which => {
    const reply = await api[which].request('GET', '/nope')
    expect(reply.status).toBe(404)
    expect(reply.json).toMatchObject({
      kind: 'Status',
      reason: 'NotFound',
      message: 'the server could not find the requested resource',
      code: 404,
    })
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
    await using denying = await testApiServer({ authorizationMode: 'AlwaysDeny' })
    const reply = await denying.h2.request('GET', '/api/v1/namespaces/default/pods')
    expect(reply.status).toBe(403)
    expect(reply.json.message).toBe(
      'pods is forbidden: User "kubernetes-admin" cannot list resource "pods" in API group "" in the namespace "default": Everything is forbidden.',
    )
  })
})
